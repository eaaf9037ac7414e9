namespace RaftKv.Raft;

/// <summary>What a member must remember across a crash besides its log (Raft figure 2, persistent state).</summary>
/// <param name="Term">The latest term it has seen.</param>
/// <param name="VotedFor">Whom it voted for in that term, or nobody.</param>
/// <param name="Commit">A commit index it knew of. A hint that may lag; it saves waiting after a restart.</param>
public readonly record struct HardState(Term Term, NodeId VotedFor, LogIndex Commit);
