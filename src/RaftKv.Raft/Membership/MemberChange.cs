namespace RaftKv.Raft.Membership;

/// <summary>One step of a configuration change.</summary>
/// <param name="Kind">What it makes of the member.</param>
/// <param name="Node">The member.</param>
/// <param name="Address">Where it is reached from now on; null, the default, leaves what is known of that.</param>
public readonly record struct MemberChange(MemberChangeKind Kind, NodeId Node, string? Address = null);
