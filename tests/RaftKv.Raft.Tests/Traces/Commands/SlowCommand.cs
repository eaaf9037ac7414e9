namespace RaftKv.Raft.Tests.Traces.Commands;

/// <summary>"slow 1": writes of one member wait for "persist".</summary>
internal sealed class SlowCommand : ITraceCommand
{
    public string Name => "slow";

    public void Run(RaftTraceWorld world, TraceArguments arguments)
    {
        world.SlowDisks.Add(arguments.Node(0));
    }
}
