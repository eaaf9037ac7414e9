namespace RaftKv.Raft.Reads;

/// <summary>One read, or one batch of a follower's reads, at the leader.</summary>
/// <param name="From">Who asked; the leader itself for its own reads.</param>
/// <param name="Session">The asker's run.</param>
/// <param name="Number">The request number of an own read; the sequence of a follower's batch.</param>
internal readonly record struct LeaderRead(NodeId From, long Session, long Number);
