namespace RaftKv.Transactions;

/// <summary>Stores a value under a key.</summary>
public sealed class PutOperation : Operation
{
    internal PutOperation(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value, bool returnPrevious)
    {
        Key = key;
        Value = value;
        ReturnPrevious = returnPrevious;
    }

    /// <summary>The key.</summary>
    public ReadOnlyMemory<byte> Key { get; }

    /// <summary>The value; may be empty.</summary>
    public ReadOnlyMemory<byte> Value { get; }

    /// <summary>Whether the pair that the put replaces is returned.</summary>
    public bool ReturnPrevious { get; }
}
