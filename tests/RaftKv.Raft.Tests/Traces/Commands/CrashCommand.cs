using RaftKv.Raft.Tests.Harness;

namespace RaftKv.Raft.Tests.Traces.Commands;

/// <summary>"crash 1": one member stops; what its disk had not finished is lost.</summary>
internal sealed class CrashCommand : ITraceCommand
{
    public string Name => "crash";

    public void Run(RaftTraceWorld world, TraceArguments arguments)
    {
        TestMember member = world[arguments.Node(0)];
        if (member.IsUp)
            world.Crash(member);
    }
}
