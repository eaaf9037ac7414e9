namespace RaftKv.Storage.Mvcc;

/// <summary>Which keys to read, as of when, in which order. Ranges are written as in etcd.</summary>
public sealed class RangeQuery
{
    /// <summary>The key, or where the range begins. A range from a single zero byte to a single zero byte is everything.</summary>
    public required ReadOnlyMemory<byte> Key { get; init; }

    /// <summary>
    /// Empty: the one key. A single zero byte: every key from <see cref="Key"/> on. Else: where the range ends, exclusive.
    /// </summary>
    public ReadOnlyMemory<byte> RangeEnd { get; init; }

    /// <summary>Revision to read at; 0 or less: the newest.</summary>
    public long Revision { get; init; }

    /// <summary>Most keys to return; 0 or less: no limit.</summary>
    public long Limit { get; init; }

    /// <summary>Only count; limit and filters are ignored.</summary>
    public bool CountOnly { get; init; }

    /// <summary>Leave the values out.</summary>
    public bool KeysOnly { get; init; }

    /// <summary>Order of the result.</summary>
    public RangeOrder Order { get; init; }

    /// <summary>
    /// What to order by. Other than keys, it orders ascending unless <see cref="Order"/> says otherwise; ties come by key.
    /// </summary>
    public RangeTarget Target { get; init; }

    /// <summary>Leave out keys last changed before this revision; 0: none.</summary>
    public long ModRevisionMin { get; init; }

    /// <summary>Leave out keys last changed after this revision; 0: none.</summary>
    public long ModRevisionMax { get; init; }

    /// <summary>Leave out keys made before this revision; 0: none.</summary>
    public long CreateRevisionMin { get; init; }

    /// <summary>Leave out keys made after this revision; 0: none.</summary>
    public long CreateRevisionMax { get; init; }

    internal bool HasFilter => ModRevisionMin != 0 || ModRevisionMax != 0 || CreateRevisionMin != 0 || CreateRevisionMax != 0;

    internal bool IsSorted => Order != RangeOrder.None || Target != RangeTarget.Key;

    internal bool Keeps(long modRevision, long createRevision)
        => (ModRevisionMin == 0 || modRevision >= ModRevisionMin) && (ModRevisionMax == 0 || modRevision <= ModRevisionMax)
        && (CreateRevisionMin == 0 || createRevision >= CreateRevisionMin)
        && (CreateRevisionMax == 0 || createRevision <= CreateRevisionMax);
}

/// <summary>Order of a range.</summary>
public enum RangeOrder
{
    /// <summary>As the target has it: ascending.</summary>
    None = 0,

    /// <summary>Smallest first.</summary>
    Ascending = 1,

    /// <summary>Largest first.</summary>
    Descending = 2,
}

/// <summary>What a range is ordered by.</summary>
public enum RangeTarget
{
    /// <summary>The key's bytes.</summary>
    Key = 0,

    /// <summary>The version.</summary>
    Version = 1,

    /// <summary>The revision the key was made at.</summary>
    CreateRevision = 2,

    /// <summary>The revision the key was last changed at.</summary>
    ModRevision = 3,

    /// <summary>The value's bytes.</summary>
    Value = 4,
}
