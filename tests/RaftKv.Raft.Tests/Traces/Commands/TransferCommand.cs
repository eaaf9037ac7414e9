namespace RaftKv.Raft.Tests.Traces.Commands;

/// <summary>"transfer 1 2": one member asks that another leads.</summary>
internal sealed class TransferCommand : ITraceCommand
{
    public string Name => "transfer";

    public void Run(RaftTraceWorld world, TraceArguments arguments)
    {
        world.Print(world[arguments.Node(0)].Core.TransferLeadership(arguments.Node(1)).ToString());
    }
}
