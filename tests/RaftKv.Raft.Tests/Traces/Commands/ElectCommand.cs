namespace RaftKv.Raft.Tests.Traces.Commands;

/// <summary>"elect 1": one member times out and everything that follows arrives.</summary>
internal sealed class ElectCommand : ITraceCommand
{
    public string Name => "elect";

    public void Run(RaftTraceWorld world, TraceArguments arguments)
    {
        world.Output.IsQuiet = true;
        new TimeoutCommand().Run(world, arguments);
        new SettleCommand().Run(world, arguments);
    }
}
