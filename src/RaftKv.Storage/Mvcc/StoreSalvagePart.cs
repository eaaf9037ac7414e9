namespace RaftKv.Storage.Mvcc;

/// <summary>What a piece of a store that could not be salvaged belonged to.</summary>
public enum StoreSalvagePart
{
    /// <summary>
    /// A checkpoint that could not be used: its meta, or the root of its keys. When it was the newest one, the copy is of the one before.
    /// </summary>
    Checkpoint = 0,

    /// <summary>The newest versions of keys.</summary>
    Keys = 1,

    /// <summary>Superseded versions and deletions.</summary>
    History = 2,

    /// <summary>Named blobs; the keys of the loss are their names.</summary>
    Blobs = 3,
}
