namespace RaftKv.Transactions;

/// <summary>Reads a range.</summary>
public sealed class RangeOperation : Operation
{
    internal RangeOperation(KeyRange keys, RangeOptions options)
    {
        ArgumentNullException.ThrowIfNull(keys);
        Keys = keys;
        Limit = options.Limit;
        Revision = options.Revision;
        KeysOnly = options.KeysOnly;
    }

    /// <summary>The keys.</summary>
    public KeyRange Keys { get; }

    /// <summary>Most keys to return; 0 means no limit.</summary>
    public int Limit { get; }

    /// <summary>The revision to read at; 0 means the newest, with what this transaction wrote so far.</summary>
    public long Revision { get; }

    /// <summary>Whether values are left out.</summary>
    public bool KeysOnly { get; }
}
