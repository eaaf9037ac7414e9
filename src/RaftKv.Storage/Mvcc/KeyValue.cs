namespace RaftKv.Storage.Mvcc;

/// <summary>One version of one key. Immutable; its bytes are the holder's own.</summary>
public sealed class KeyValue
{
    /// <summary>Makes a version.</summary>
    public KeyValue(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value, long createRevision, long modRevision, long version, long lease)
    {
        Key = key;
        Value = value;
        CreateRevision = createRevision;
        ModRevision = modRevision;
        Version = version;
        Lease = lease;
    }

    /// <summary>The key.</summary>
    public ReadOnlyMemory<byte> Key { get; }

    /// <summary>The value; empty in keys-only results and in deletions.</summary>
    public ReadOnlyMemory<byte> Value { get; }

    /// <summary>Revision of the put that made the key in its present life; 0 in deletions.</summary>
    public long CreateRevision { get; }

    /// <summary>Revision of this version.</summary>
    public long ModRevision { get; }

    /// <summary>Puts since the key was made, from 1; 0 in deletions.</summary>
    public long Version { get; }

    /// <summary>Identity of the lease the key is attached to; 0 for none.</summary>
    public long Lease { get; }
}
