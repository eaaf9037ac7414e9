using RaftKv.Raft.Tests.Harness;

namespace RaftKv.Raft.Tests.Traces.Commands;

/// <summary>"tick 1 [count=5] [quiet=on]": time passes at one member, "tick" at all of them; quiet leaves its messages out of the output.</summary>
internal sealed class TickCommand : ITraceCommand
{
    public string Name => "tick";

    public void Run(RaftTraceWorld world, TraceArguments arguments)
    {
        TestMember[] members = arguments.Plain.Count > 0 ? [world[arguments.Node(0)]] : [.. world.Members];
        world.Output.IsQuiet = arguments.Is("quiet", false);
        for (int i = 0; i < arguments.Number("count", 1); i++)
        {
            foreach (TestMember member in members)
                world.Tick(member);
        }
        world.Output.IsQuiet = false;
    }
}
