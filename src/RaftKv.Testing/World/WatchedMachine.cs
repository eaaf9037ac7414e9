using RaftKv.Node;
using RaftKv.Raft;

namespace RaftKv.Testing.World;

/// <summary>A member's machine with every command shown to the checks before the machine sees it.</summary>
internal sealed class WatchedMachine(IStateMachine machine, NodeId member, ClusterChecks checks) : IStateMachine
{
    public LogPosition Applied => machine.Applied;

    public LogPosition Durable => machine.Durable;

    public bool CheckpointDue => machine.CheckpointDue;

    public void Apply(ReadOnlySpan<Command> commands, ICommandResults results)
    {
        foreach (ref readonly Command command in commands)
            checks.Applied(member, command);
        machine.Apply(commands, results);
    }

    public void Checkpoint() => machine.Checkpoint();
}
