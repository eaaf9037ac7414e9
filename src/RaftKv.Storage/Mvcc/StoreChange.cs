namespace RaftKv.Storage.Mvcc;

/// <summary>What a change did.</summary>
public enum ChangeKind : byte
{
    /// <summary>The key got a new version.</summary>
    Put = 0,

    /// <summary>The key is gone.</summary>
    Delete = 1,
}

/// <summary>One change of one key.</summary>
public sealed class StoreChange
{
    internal StoreChange(ChangeKind kind, int order, KeyValue current, KeyValue? previous)
    {
        Kind = kind;
        Order = order;
        Current = current;
        Previous = previous;
    }

    /// <summary>What happened.</summary>
    public ChangeKind Kind { get; }

    /// <summary>Place of the change inside its revision, from 0.</summary>
    public int Order { get; }

    /// <summary>The new version; of a deletion only the key and <see cref="KeyValue.ModRevision"/>, the revision that deleted it.</summary>
    public KeyValue Current { get; }

    /// <summary>The version before, when asked for, when there was one, and when it is not compacted away.</summary>
    public KeyValue? Previous { get; }

    /// <summary>Revision of the change.</summary>
    public long Revision => Current.ModRevision;
}
