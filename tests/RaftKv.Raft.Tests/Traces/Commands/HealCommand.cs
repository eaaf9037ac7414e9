using RaftKv.Raft.Tests.Harness;

namespace RaftKv.Raft.Tests.Traces.Commands;

/// <summary>"heal": all faults end; the group must elect a leader and apply a new command on every member. Prints states only.</summary>
internal sealed class HealCommand : ITraceCommand
{
    public string Name => "heal";

    public void Run(RaftTraceWorld world, TraceArguments arguments)
    {
        world.Output.IsQuiet = true;
        new Healing(world).Run();
        world.Output.IsQuiet = false;
    }
}
