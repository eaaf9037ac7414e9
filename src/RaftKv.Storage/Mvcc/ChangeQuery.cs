namespace RaftKv.Storage.Mvcc;

/// <summary>Which part of the change history to read.</summary>
public sealed class ChangeQuery
{
    /// <summary>The first revision wanted. Not before the compacted one.</summary>
    public required long FromRevision { get; init; }

    /// <summary>
    /// Leave out changes of keys before this; with <see cref="RangeEnd"/> as in <see cref="RangeQuery"/>. Empty: all keys.
    /// </summary>
    public ReadOnlyMemory<byte> Key { get; init; }

    /// <summary>See <see cref="RangeQuery.RangeEnd"/>.</summary>
    public ReadOnlyMemory<byte> RangeEnd { get; init; }

    /// <summary>Also look up the version before each change.</summary>
    public bool WithPrevious { get; init; }

    /// <summary>
    /// Stop after the revision that reaches this many bytes of keys and values; default 1 MiB. One revision is never split.
    /// </summary>
    public long BytesMax { get; init; } = 1 << 20;

    /// <summary>Stop after the revision that reaches this many changes looked at; default 10,000.</summary>
    public int ChangesMax { get; init; } = 10_000;
}
