namespace RaftKv.Raft.Tests.Traces.Commands;

/// <summary>"settle": everything in flight arrives, and what follows from it, until nothing moves. Prints states only.</summary>
internal sealed class SettleCommand : ITraceCommand
{
    public string Name => "settle";

    public void Run(RaftTraceWorld world, TraceArguments arguments)
    {
        world.Output.IsQuiet = true;
        world.Work();
        while (world.InFlight.Count > 0)
            world.Deliver(world.InFlight[0]);
        world.Output.IsQuiet = false;
    }
}
