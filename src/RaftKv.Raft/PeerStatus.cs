namespace RaftKv.Raft;

/// <summary>A leader's view of one peer.</summary>
/// <param name="Peer">The peer.</param>
/// <param name="State">How it is replicated to.</param>
/// <param name="Match">The last entry known to be durable there.</param>
/// <param name="Next">The next entry to send.</param>
/// <param name="InflightMessages">Append messages without an answer.</param>
/// <param name="InflightBytes">Their entry bytes.</param>
/// <param name="Active">Whether it was heard from since the last quorum check.</param>
/// <param name="Formats">The formats that it has said it speaks; null while it has not.</param>
public readonly record struct PeerStatus(
    NodeId Peer, PeerState State, LogIndex Match, LogIndex Next, int InflightMessages, long InflightBytes, bool Active,
    LogFormatRange? Formats);
