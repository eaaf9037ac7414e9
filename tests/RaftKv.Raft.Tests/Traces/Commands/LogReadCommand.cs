using RaftKv.Raft.Tests.Harness;

namespace RaftKv.Raft.Tests.Traces.Commands;

/// <summary>"logread 1 [count=2]": the oldest range of entries that a slow member asked for comes back from its log, or so many of them.</summary>
internal sealed class LogReadCommand : ITraceCommand
{
    public string Name => "logread";

    public void Run(RaftTraceWorld world, TraceArguments arguments)
    {
        TestMember member = world[arguments.Node(0)];
        if (member.IsUp)
            member.ReadLogOne(arguments.Number("count", int.MaxValue));
    }
}
