using RaftKv.Raft.Membership;

namespace RaftKv.Raft;

/// <summary>
/// This member is too far behind for the leader's log and needs its state. The caller fetches it by its own streams, resuming
/// where an earlier attempt ended, and answers with <see cref="RaftCore.SnapshotInstalled"/> or <see cref="RaftCore.SnapshotFailed"/>.
/// </summary>
/// <param name="From">Whom to fetch it from.</param>
/// <param name="AtLeast">The state must include this position.</param>
/// <param name="WithoutState">A witness needs no state: it may answer at once with this position.</param>
public readonly record struct SnapshotOrder(NodeId From, LogPosition AtLeast, bool WithoutState)
{
    /// <summary>The configuration as of that position.</summary>
    public Configuration Configuration { get; init; } = Configuration.Empty;
}
