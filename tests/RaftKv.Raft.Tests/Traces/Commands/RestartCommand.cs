using RaftKv.Raft.Tests.Harness;

namespace RaftKv.Raft.Tests.Traces.Commands;

/// <summary>"restart 1": a stopped member starts from what its disk holds.</summary>
internal sealed class RestartCommand : ITraceCommand
{
    public string Name => "restart";

    public void Run(RaftTraceWorld world, TraceArguments arguments)
    {
        TestMember member = world[arguments.Node(0)];
        if (!member.IsUp)
            world.Restart(member);
    }
}
