namespace RaftKv.Raft.Messages;

/// <summary>What stands before every message's body.</summary>
internal readonly record struct MessageHeader(GroupId Group, NodeId From, NodeId To, Term Term, long Incarnation);
