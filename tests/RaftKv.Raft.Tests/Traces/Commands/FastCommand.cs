namespace RaftKv.Raft.Tests.Traces.Commands;

/// <summary>"fast 1": a slow member's disk catches up and is fast from now on.</summary>
internal sealed class FastCommand : ITraceCommand
{
    public string Name => "fast";

    public void Run(RaftTraceWorld world, TraceArguments arguments)
    {
        world.SlowDisks.Remove(arguments.Node(0));
    }
}
