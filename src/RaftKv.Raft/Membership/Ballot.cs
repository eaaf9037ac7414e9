namespace RaftKv.Raft.Membership;

/// <summary>One member's vote.</summary>
/// <param name="Node">The member.</param>
/// <param name="Granted">Whether it voted for the candidate.</param>
public readonly record struct Ballot(NodeId Node, bool Granted);
