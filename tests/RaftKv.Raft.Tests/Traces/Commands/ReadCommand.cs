namespace RaftKv.Raft.Tests.Traces.Commands;

/// <summary>"read 1": one member asks for a read index.</summary>
internal sealed class ReadCommand : ITraceCommand
{
    public string Name => "read";

    public void Run(RaftTraceWorld world, TraceArguments arguments)
    {
        long request = world.NextRequest++;
        ReadStatus status = world[arguments.Node(0)].Core.Read(request);
        world.Print($"read {request}: {status}");
    }
}
