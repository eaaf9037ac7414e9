using RaftKv.Raft.Tests.Harness;

namespace RaftKv.Raft.Tests.Traces.Commands;

/// <summary>"compact 1": a member drops its log up to what it has applied.</summary>
internal sealed class CompactCommand : ITraceCommand
{
    public string Name => "compact";

    public void Run(RaftTraceWorld world, TraceArguments arguments)
    {
        TestMember member = world[arguments.Node(0)];
        if (member.IsUp)
            member.Compact();
    }
}
