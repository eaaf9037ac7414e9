namespace RaftKv.Raft.Tests.Traces.Commands;

/// <summary>"nodes 3 [option=value ...]": founds a group; <see cref="TraceSettings"/> knows the options.</summary>
internal sealed class NodesCommand : ITraceCommand
{
    public string Name => "nodes";

    public void Run(RaftTraceWorld world, TraceArguments arguments)
    {
        world.Found(new TraceSettings(arguments));
    }
}
