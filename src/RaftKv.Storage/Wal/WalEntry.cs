namespace RaftKv.Storage.Wal;

/// <summary>One entry read back from the log.</summary>
/// <param name="index">Position in its group's log.</param>
/// <param name="tag">The caller's 64 bits, kept in memory for every entry.</param>
/// <param name="kind">The caller's byte.</param>
/// <param name="payload">The bytes, never changed afterwards; entries read together may share one array.</param>
public sealed class WalEntry(long index, long tag, byte kind, ReadOnlyMemory<byte> payload)
{
    /// <summary>Position in its group's log.</summary>
    public long Index { get; } = index;

    /// <summary>The caller's 64 bits.</summary>
    public long Tag { get; } = tag;

    /// <summary>The caller's byte.</summary>
    public byte Kind { get; } = kind;

    /// <summary>The bytes as they were added.</summary>
    public ReadOnlyMemory<byte> Payload { get; } = payload;
}
