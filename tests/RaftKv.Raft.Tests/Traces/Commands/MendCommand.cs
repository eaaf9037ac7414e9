namespace RaftKv.Raft.Tests.Traces.Commands;

/// <summary>"mend": the network is whole again.</summary>
internal sealed class MendCommand : ITraceCommand
{
    public string Name => "mend";

    public void Run(RaftTraceWorld world, TraceArguments arguments)
    {
        world.Cut.Clear();
    }
}
