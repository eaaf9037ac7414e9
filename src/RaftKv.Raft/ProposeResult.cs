namespace RaftKv.Raft;

/// <summary>The immediate answer to a proposal.</summary>
/// <param name="Status">What became of it.</param>
/// <param name="Position">Where the first entry went, if <see cref="ProposeStatus.Appended"/>; a batch follows it without gaps.</param>
/// <param name="Leader">The leader known here, or nobody.</param>
public readonly record struct ProposeResult(ProposeStatus Status, LogPosition Position, NodeId Leader);
