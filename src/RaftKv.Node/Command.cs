using RaftKv.Raft;

namespace RaftKv.Node;

/// <summary>One committed command, as every member's machine sees it.</summary>
/// <param name="position">Where in the log it stands; strictly increasing within and across batches.</param>
/// <param name="payload">The bytes that were proposed. They are immutable and may be kept, if the machine says that it does.</param>
/// <param name="format">The machine's format that is active where it stands.</param>
public readonly struct Command(LogPosition position, ReadOnlyMemory<byte> payload, int format = 1)
{
    /// <summary>Where in the log the command stands: term and index.</summary>
    public LogPosition Position { get; } = position;

    /// <summary>
    /// The bytes that were proposed. They are immutable and may be kept without copying, unless the machine says that it does not
    /// (<see cref="IStateMachine.KeepsCommands"/>).
    /// </summary>
    public ReadOnlyMemory<byte> Payload { get; } = payload;

    /// <summary>
    /// The machine's format that is active where the command stands (<see cref="LogFormat.Machine"/>), the same on every member. A command
    /// may be in an older form, for it may have been proposed before; it is never in a newer one.
    /// </summary>
    public int Format { get; } = format;
}
