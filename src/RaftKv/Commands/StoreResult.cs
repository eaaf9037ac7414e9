namespace RaftKv.Commands;

/// <summary>What became of a command.</summary>
internal enum StoreStatus : byte
{
    /// <summary>It ran; the result of its operation is at hand.</summary>
    Applied = 1,

    /// <summary>It names a revision whose history is gone; nothing was changed.</summary>
    Compacted = 2,

    /// <summary>It names a revision that does not exist yet; nothing was changed.</summary>
    FutureRevision = 3,

    /// <summary>Its bytes are no command of this version; nothing was changed.</summary>
    Malformed = 4,
}

/// <summary>The answer of the state machine to one command, the same on every member.</summary>
internal sealed class StoreResult
{
    public required StoreStatus Status { get; init; }

    /// <summary>The store's revision after the command.</summary>
    public required long Revision { get; init; }

    /// <summary>The oldest revision that can still be read.</summary>
    public required long CompactedRevision { get; init; }

    /// <summary>The revision the command asked for, when its status says that it cannot be had.</summary>
    public long RequestedRevision { get; init; }

    /// <summary>What the operation of an applied command did; null for a compaction.</summary>
    public OperationResult? Operation { get; init; }
}
