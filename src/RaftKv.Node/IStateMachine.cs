using RaftKv.Raft;

namespace RaftKv.Node;

/// <summary>
/// What is replicated: a deterministic machine that turns committed commands into state and answers. The node calls it from one
/// thread at a time; equal commands in equal order must give equal state on every member.
/// </summary>
/// <remarks>
/// A machine in memory starts at <see cref="LogPosition.Zero"/> and is rebuilt from the log. A machine on disk reports the
/// position its last checkpoint includes and is given only what follows. One whose state can travel to other members is an
/// <see cref="ISnapshotMachine"/>. An exception from <see cref="Apply"/> or
/// <see cref="Checkpoint"/> faults the node, naming the entry; the process lives on.
/// </remarks>
public interface IStateMachine
{
    /// <summary>
    /// The last command the machine already holds when the node starts; commands up to it are not applied again. The node reads
    /// it once, before the first <see cref="Apply"/>.
    /// </summary>
    LogPosition Applied { get; }

    /// <summary>
    /// The last command a checkpoint of the machine holds durably. The log is kept at least from here on, so a machine that
    /// answers <see cref="LogPosition.Zero"/> keeps the whole log. Read after <see cref="Checkpoint"/> and at start.
    /// </summary>
    LogPosition Durable { get; }

    /// <summary>Whether a checkpoint would be worth its cost now. Asked after every batch; must be cheap.</summary>
    bool CheckpointDue { get; }

    /// <summary>
    /// Whether <see cref="Checkpoint"/> may run on another thread beside <see cref="Apply"/>. When false a checkpoint holds up
    /// applying, and with it the answers to proposals, for as long as it takes.
    /// </summary>
    bool CheckpointsBesideApply => false;

    /// <summary>
    /// Whether <see cref="Command.Payload"/>, or a part of it, may be read after <see cref="Apply"/> has returned, by the machine or as an
    /// answer that it gave. When false, the memory of commands is used again, which spares a leader most of what a write allocates.
    /// Asked once, before the first <see cref="Apply"/>.
    /// </summary>
    bool KeepsCommands => true;

    /// <summary>Applies commands in order. Durability is not asked for: the log has it.</summary>
    /// <param name="commands">The batch: at least one command, each after the one before it. Valid until the call returns.</param>
    /// <param name="results">Takes the answers. Valid until the call returns.</param>
    void Apply(ReadOnlySpan<Command> commands, ICommandResults results);

    /// <summary>
    /// Does a slice of the machine's housekeeping while there is nothing to apply: about a millisecond of it, for what is committed
    /// meanwhile waits. <see cref="CheckpointDue"/> is asked afterwards.
    /// </summary>
    /// <returns>Whether there is more to do.</returns>
    bool Idle() => false;

    /// <summary>Makes the state durable together with the position it includes, at least as it was when the call began.</summary>
    void Checkpoint();
}
