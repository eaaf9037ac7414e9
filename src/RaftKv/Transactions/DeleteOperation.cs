namespace RaftKv.Transactions;

/// <summary>Deletes every key of a range.</summary>
public sealed class DeleteOperation : Operation
{
    internal DeleteOperation(KeyRange keys, bool returnPrevious)
    {
        ArgumentNullException.ThrowIfNull(keys);
        Keys = keys;
        ReturnPrevious = returnPrevious;
    }

    /// <summary>The keys.</summary>
    public KeyRange Keys { get; }

    /// <summary>Whether the deleted pairs are returned.</summary>
    public bool ReturnPrevious { get; }
}
