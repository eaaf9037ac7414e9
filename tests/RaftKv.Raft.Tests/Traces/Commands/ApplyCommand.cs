using RaftKv.Raft.Tests.Harness;

namespace RaftKv.Raft.Tests.Traces.Commands;

/// <summary>"apply 1": a slow state machine applies the oldest page of entries it was handed.</summary>
internal sealed class ApplyCommand : ITraceCommand
{
    public string Name => "apply";

    public void Run(RaftTraceWorld world, TraceArguments arguments)
    {
        TestMember member = world[arguments.Node(0)];
        if (member.IsUp)
            member.ApplyOne();
    }
}
