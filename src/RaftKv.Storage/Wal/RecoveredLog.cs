namespace RaftKv.Storage.Wal;

/// <summary>A log as its files say it is.</summary>
internal sealed class RecoveredLog
{
    public required long Identity { get; init; }

    /// <summary>The segments needed, in order; the last one takes the next records.</summary>
    public required List<Segment> Segments { get; init; }

    public required SortedDictionary<long, GroupLog> Groups { get; init; }

    public required SegmentFiles Files { get; init; }

    /// <summary>The oldest segment needed.</summary>
    public required long Oldest { get; init; }

    /// <summary>Where the next record goes in the last segment.</summary>
    public required long End { get; init; }

    /// <summary>The header checksum of the last record.</summary>
    public required uint Chain { get; init; }

    /// <summary>Where leftovers of an unfinished write end; they are zeroed before anything is appended.</summary>
    public required long LeftoverEnd { get; init; }

    /// <summary>Whether the last segment has its first records.</summary>
    public required bool IsStarted { get; init; }

    /// <summary>Whether these are damaged, so that the groups' states may be nowhere but in the segments before.</summary>
    public bool HasDamagedStart { get; init; }

    /// <summary>The header checksum of the seal of the segment before the last.</summary>
    public required uint SealChecksum { get; init; }

    public required WalRecoveryReport Report { get; init; }
}
