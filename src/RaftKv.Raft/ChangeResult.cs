using RaftKv.Raft.Membership;

namespace RaftKv.Raft;

/// <summary>The answer to a configuration change.</summary>
/// <param name="Status">What became of it.</param>
/// <param name="Error">Why it was refused, if <see cref="ChangeStatus.Refused"/>.</param>
/// <param name="Position">Where its entry stands, if <see cref="ChangeStatus.Appended"/>.</param>
/// <param name="Leader">The leader known here, or nobody.</param>
public readonly record struct ChangeResult(ChangeStatus Status, ChangeError Error, LogPosition Position, NodeId Leader);
