namespace RaftKv.Raft.Tests.Traces.Commands;

/// <summary>"crash 1": one member stops; what its disk had not finished is lost.</summary>
internal sealed class CrashCommand : ITraceCommand
{
    public string Name => "crash";

    public void Run(RaftTraceWorld world, TraceArguments arguments)
    {
        world[arguments.Node(0)].Crash();
    }
}
