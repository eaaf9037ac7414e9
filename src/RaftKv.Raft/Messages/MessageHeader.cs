namespace RaftKv.Raft.Messages;

/// <summary>What every message says besides its own.</summary>
/// <param name="Group">The group it belongs to.</param>
/// <param name="From">The sender.</param>
/// <param name="To">The addressee.</param>
/// <param name="Term">
/// The sender's term; in a pre-vote request and a granted pre-vote, the term that the campaign would enter.
/// </param>
/// <param name="Incarnation">The sender's disk identity: it changes when a member lost its disk. 0 when the sender states none.</param>
public readonly record struct MessageHeader(GroupId Group, NodeId From, NodeId To, Term Term, long Incarnation = 0);
