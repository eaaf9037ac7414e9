namespace RaftKv.Storage.Mvcc;

/// <summary>Changes of whole revisions, in order.</summary>
public sealed class ChangeBatch
{
    internal ChangeBatch(RevisionStatus status, IReadOnlyList<StoreChange> changes, long nextRevision, long compactedRevision)
    {
        Status = status;
        Changes = changes;
        NextRevision = nextRevision;
        CompactedRevision = compactedRevision;
    }

    /// <summary>
    /// <see cref="RevisionStatus.Compacted"/> when history no longer reaches back that far; never future: then nothing is found.
    /// </summary>
    public RevisionStatus Status { get; }

    /// <summary>The changes, by revision and by their order inside it.</summary>
    public IReadOnlyList<StoreChange> Changes { get; }

    /// <summary>Where to go on; one after the store's revision when everything was seen.</summary>
    public long NextRevision { get; }

    /// <summary>The compacted revision of the store as read; 0 when never compacted.</summary>
    public long CompactedRevision { get; }
}
