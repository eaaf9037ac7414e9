namespace RaftKv;

/// <summary>What one operation did or found: a put, a deletion, a range or a transaction.</summary>
public abstract class OperationResult
{
    private protected OperationResult()
    {
    }

    /// <summary>The store's revision right after the operation; unchanged by an operation that changed nothing.</summary>
    public required long Revision { get; init; }
}

/// <summary>What a put did.</summary>
public sealed class PutResult : OperationResult
{
    /// <summary>The pair it replaced, when asked for and there was one.</summary>
    public KeyValue? Previous { get; init; }
}

/// <summary>What a deletion did.</summary>
public sealed class DeleteResult : OperationResult
{
    /// <summary>Number of keys deleted; 0 leaves the store's revision unchanged.</summary>
    public required long Deleted { get; init; }

    /// <summary>The deleted pairs in key order, when asked for; else empty.</summary>
    public IReadOnlyList<KeyValue> Previous { get; init; } = [];
}

/// <summary>What a range found.</summary>
public sealed class RangeResult : OperationResult
{
    /// <summary>The pairs in key order.</summary>
    public required IReadOnlyList<KeyValue> Items { get; init; }

    /// <summary>Number of keys in the range, whatever the limit was.</summary>
    public required long Count { get; init; }

    /// <summary>Whether the limit left keys out.</summary>
    public bool More { get; init; }
}
