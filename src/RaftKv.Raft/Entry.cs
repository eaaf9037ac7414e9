namespace RaftKv.Raft;

/// <summary>One entry of the replicated log. Immutable: the core, the disk and the wire share one instance.</summary>
/// <param name="position">Term and index.</param>
/// <param name="kind">What the payload means.</param>
/// <param name="payload">Bytes that nobody writes any more.</param>
public sealed class Entry(LogPosition position, EntryKind kind, ReadOnlyMemory<byte> payload)
{
    /// <summary>What one entry costs beyond its payload wherever bytes are bounded.</summary>
    public const int OverheadBytes = 32;

    /// <summary>Term and index.</summary>
    public LogPosition Position { get; } = position;

    /// <summary>The place in the log.</summary>
    public LogIndex Index => Position.Index;

    /// <summary>The term of the leader that created the entry.</summary>
    public Term Term => Position.Term;

    /// <summary>What the payload means.</summary>
    public EntryKind Kind { get; } = kind;

    /// <summary>The proposal's bytes; empty for a no-op.</summary>
    public ReadOnlyMemory<byte> Payload { get; } = payload;

    /// <summary>The size that limits count: payload and <see cref="OverheadBytes"/>.</summary>
    public int SizeBytes => Payload.Length + OverheadBytes;
}
