namespace RaftKv.Storage.Mvcc;

/// <summary>The trees of a store, by their place in the meta.</summary>
internal static class MvccTree
{
    /// <summary>User key to its newest version.</summary>
    public const int Keys = 0;

    /// <summary>(User key, revision, order) to superseded versions and deletions.</summary>
    public const int History = 1;

    /// <summary>(Revision, order) to what it did (one byte, <see cref="ChangeKind"/>) and to which key.</summary>
    public const int Revisions = 2;

    /// <summary>(Lease, user key) to nothing.</summary>
    public const int Leases = 3;

    /// <summary>Named blobs of the layer above.</summary>
    public const int Blobs = 4;
}
