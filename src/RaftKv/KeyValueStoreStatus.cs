using RaftKv.Raft;

namespace RaftKv;

/// <summary>A member's view of itself and of its cluster at one moment.</summary>
public sealed class KeyValueStoreStatus
{
    /// <summary>This member.</summary>
    public required NodeId NodeId { get; init; }

    /// <summary>What it is in the protocol.</summary>
    public required Role Role { get; init; }

    /// <summary>The protocol's current term.</summary>
    public required Term Term { get; init; }

    /// <summary>The leader it follows or is; null while it knows none.</summary>
    public required NodeId? Leader { get; init; }

    /// <summary>The last log entry it knows to be committed.</summary>
    public required LogIndex Committed { get; init; }

    /// <summary>The last log entry that is part of its state.</summary>
    public required LogIndex Applied { get; init; }

    /// <summary>The newest revision of its store; 1 when fresh.</summary>
    public required long Revision { get; init; }

    /// <summary>The oldest revision that can still be read; 0 when nothing was ever compacted.</summary>
    public required long CompactedRevision { get; init; }

    /// <summary>
    /// Whether its store was found to differ from that of the majority: it takes no requests until it was rebuilt from another member's.
    /// </summary>
    public bool IsRebuilding { get; init; }

    /// <summary>Why the member has stopped working; null while it works.</summary>
    public Exception? Fault { get; init; }
}
