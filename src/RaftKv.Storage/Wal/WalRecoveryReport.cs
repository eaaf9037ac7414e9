namespace RaftKv.Storage.Wal;

/// <summary>What opening a log found besides a clean end.</summary>
public sealed class WalRecoveryReport
{
    /// <summary>The end of the log that a crash left unfinished and that was cut off; null when there was none.</summary>
    public WalTornTail? TornTail { get; init; }

    /// <summary>What is damaged, in the order of the log; not empty only with <see cref="WalOptions.KeepWhatFollowsDamage"/>.</summary>
    public IReadOnlyList<WalDamage> Damage { get; init; } = [];

    /// <summary>
    /// The groups that may have lost more than <see cref="Damage"/> lists, in ascending order: their state, or last entries that no later
    /// record tells of.
    /// </summary>
    public IReadOnlyList<long> DoubtfulGroups { get; init; } = [];

    /// <summary>Whether a group may be lost whole, so that nothing of it is found.</summary>
    public bool MayLackGroups { get; init; }

    /// <summary>Segments read.</summary>
    public int Segments { get; init; }

    /// <summary>Bytes of records read.</summary>
    public long Bytes { get; init; }
}

/// <summary>A write that a crash interrupted: no caller was told that it is durable.</summary>
/// <param name="File">The segment file.</param>
/// <param name="Offset">Where the log now ends, in bytes from the start of the file.</param>
/// <param name="Bytes">Bytes after it that still held parts of the write.</param>
public sealed record WalTornTail(string File, long Offset, long Bytes);
