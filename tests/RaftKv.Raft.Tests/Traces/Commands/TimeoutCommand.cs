using RaftKv.Raft.Tests.Harness;

namespace RaftKv.Raft.Tests.Traces.Commands;

/// <summary>"timeout 1": time passes at one member until it changes its role.</summary>
internal sealed class TimeoutCommand : ITraceCommand
{
    public string Name => "timeout";

    public void Run(RaftTraceWorld world, TraceArguments arguments)
    {
        TestMember member = world[arguments.Node(0)];
        Role before = member.Core.Role;
        for (int i = 0; i < 40 && member.Core.Role == before; i++)
            world.Tick(member);
    }
}
