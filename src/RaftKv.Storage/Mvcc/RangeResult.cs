namespace RaftKv.Storage.Mvcc;

/// <summary>Whether a revision could be read.</summary>
public enum RevisionStatus
{
    /// <summary>It could.</summary>
    Ok = 0,

    /// <summary>It is older than the compacted revision.</summary>
    Compacted = 1,

    /// <summary>It has not happened yet.</summary>
    Future = 2,
}

/// <summary>What a range found.</summary>
public sealed class RangeResult
{
    internal RangeResult(RevisionStatus status, IReadOnlyList<KeyValue> items, long count, bool more)
    {
        Status = status;
        Items = items;
        Count = count;
        More = more;
    }

    /// <summary>Whether the revision could be read; when not, nothing else is set.</summary>
    public RevisionStatus Status { get; }

    /// <summary>The keys, in the order asked for.</summary>
    public IReadOnlyList<KeyValue> Items { get; }

    /// <summary>Keys in the range at that revision, before limit and filters.</summary>
    public long Count { get; }

    /// <summary>Whether the limit cut something off.</summary>
    public bool More { get; }
}
