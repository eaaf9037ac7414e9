using RaftKv.Node;
using RaftKv.Raft;

namespace RaftKv.Testing.World;

/// <summary>A member's machine with every command shown to the checks before the machine sees it, or what takes its place.</summary>
internal sealed class WatchedMachine(IStateMachine machine, SimulatedNode node, ClusterChecks checks) : IStateMachine
{
    public LogPosition Applied => machine.Applied;

    public LogPosition Durable => machine.Durable;

    public bool CheckpointDue => machine.CheckpointDue;

    public void Apply(ReadOnlySpan<Command> commands, ICommandResults results)
    {
        foreach (ref readonly Command command in commands)
            checks.Applied(node.Id, command);
        machine.Apply(node.Distortion is null ? commands : Distorted(commands), results);
    }

    public void Checkpoint() => machine.Checkpoint();

    private Command[] Distorted(ReadOnlySpan<Command> commands)
    {
        Command[] seen = commands.ToArray();
        for (int i = 0; i < seen.Length && node.Distortion is { } distort; i++)
            seen[i] = distort(seen[i]);
        return seen;
    }
}
