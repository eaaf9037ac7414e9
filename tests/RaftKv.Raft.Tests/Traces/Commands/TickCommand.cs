namespace RaftKv.Raft.Tests.Traces.Commands;

/// <summary>"tick 1 [count=5] [quiet=on]": time passes at one member; quiet leaves its messages out of the output.</summary>
internal sealed class TickCommand : ITraceCommand
{
    public string Name => "tick";

    public void Run(RaftTraceWorld world, TraceArguments arguments)
    {
        world.IsQuiet = arguments.Is("quiet", false);
        for (int i = 0; i < arguments.Number("count", 1); i++)
        {
            world[arguments.Node(0)].Core.Tick();
            world.Work();
        }
        world.IsQuiet = false;
    }
}
