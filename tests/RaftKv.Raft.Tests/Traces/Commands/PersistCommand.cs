using RaftKv.Raft.Tests.Harness;

namespace RaftKv.Raft.Tests.Traces.Commands;

/// <summary>"persist 1 [count=1]": the oldest writes of a slow member finish.</summary>
internal sealed class PersistCommand : ITraceCommand
{
    public string Name => "persist";

    public void Run(RaftTraceWorld world, TraceArguments arguments)
    {
        TestMember member = world[arguments.Node(0)];
        for (int i = 0; i < arguments.Number("count", 1) && member.PersistOne(); i++)
            member.Drain();
    }
}
