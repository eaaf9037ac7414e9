namespace RaftKv.Raft.Tests.Traces.Commands;

/// <summary>"restart 1": a stopped member starts from what its disk holds.</summary>
internal sealed class RestartCommand : ITraceCommand
{
    public string Name => "restart";

    public void Run(RaftTraceWorld world, TraceArguments arguments)
    {
        world[arguments.Node(0)].Restart();
    }
}
