namespace RaftKv.Raft;

/// <summary>What must reach the disk as one atomic record, in the order of <see cref="Ready.Number"/>.</summary>
public sealed class PersistBatch
{
    /// <summary>The new hard state, or null when it did not change.</summary>
    public HardState? HardState { get; init; }

    /// <summary>
    /// Consecutive entries. If the first one's index is not beyond the last stored index, the stored suffix from there on is replaced.
    /// </summary>
    public ReadOnlyMemory<Entry> Entries { get; init; }
}
