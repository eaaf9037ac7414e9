namespace RaftKv.Raft;

/// <summary>The answer to a proposal that was forwarded.</summary>
/// <param name="RequestId">The number it was proposed under.</param>
/// <param name="Status">What became of it.</param>
/// <param name="Position">Where it stands in the log, if <see cref="ProposeStatus.Appended"/>.</param>
/// <param name="Leader">The leader known here, or nobody.</param>
public readonly record struct ProposalResult(long RequestId, ProposeStatus Status, LogPosition Position, NodeId Leader);
