namespace RaftKv.Raft.Membership;

/// <summary>The last entry that one member is known to hold.</summary>
/// <param name="Node">The member.</param>
/// <param name="Index">The entry.</param>
public readonly record struct Ack(NodeId Node, LogIndex Index);
