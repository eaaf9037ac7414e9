using RaftKv.Raft;

namespace RaftKv.Node;

/// <summary>What became of an applied proposal.</summary>
/// <param name="position">Where in the log the command stands.</param>
/// <param name="payload">The machine's answer.</param>
public readonly struct CommandResult(LogPosition position, ReadOnlyMemory<byte> payload)
{
    /// <summary>Where in the log the command stands: term and index. It is committed there on every member.</summary>
    public LogPosition Position { get; } = position;

    /// <summary>The machine's answer, as <see cref="ICommandResults.Set"/> was given it; empty when it gave none.</summary>
    public ReadOnlyMemory<byte> Payload { get; } = payload;
}
