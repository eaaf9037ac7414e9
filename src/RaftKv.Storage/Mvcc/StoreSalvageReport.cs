namespace RaftKv.Storage.Mvcc;

/// <summary>What <see cref="StoreSalvage"/> brought over, and what it did not.</summary>
public sealed class StoreSalvageReport
{
    internal StoreSalvageReport(StorePosition position, long revision, long keys, bool keepsHistory, IReadOnlyList<StoreSalvageLoss> losses)
    {
        Position = position;
        Revision = revision;
        Keys = keys;
        KeepsHistory = keepsHistory;
        Losses = losses;
    }

    /// <summary>The place in the log of the checkpoint that was copied.</summary>
    public StorePosition Position { get; }

    /// <summary>The newest revision of that checkpoint, and of the copy.</summary>
    public long Revision { get; }

    /// <summary>Keys in the copy.</summary>
    public long Keys { get; }

    /// <summary>
    /// Whether older versions were brought over. They are when no version is lost; else the copy is compacted at <see cref="Revision"/>,
    /// because beside a missing version an older one would be read as if it had still been there.
    /// </summary>
    public bool KeepsHistory { get; }

    /// <summary>Every piece that could not be read; empty when the copy has all that the last checkpoint had.</summary>
    public IReadOnlyList<StoreSalvageLoss> Losses { get; }

    /// <summary>Whether nothing is missing.</summary>
    public bool IsComplete => Losses.Count == 0;
}
