namespace RaftKv;

/// <summary>How much of a range a read returns.</summary>
public sealed class RangeOptions : ReadOptions
{
    internal static new RangeOptions Default { get; } = new();

    /// <summary>Most keys to return.</summary>
    /// <value>Keys; default 0 means no limit; negative is refused.</value>
    public int Limit { get; init; }

    /// <summary>Whether values are left out.</summary>
    /// <value>Default false.</value>
    public bool KeysOnly { get; init; }

    /// <summary>Keys fetched at a time by <see cref="KeyValueStore.EnumerateAsync(KeyRange, RangeOptions?, CancellationToken)"/>.</summary>
    /// <value>Keys, 1 to 100,000; default 1,000. Larger pages hold more memory at once, smaller ones cost more descents.</value>
    public int PageSize { get; init; } = 1000;
}
