namespace RaftKv.Raft;

/// <summary>How a leader replicates to one peer.</summary>
public enum PeerState : byte
{
    /// <summary>Searching for the last entry in common, one message at a time.</summary>
    Probe = 0,

    /// <summary>Streaming, with a window of unanswered messages.</summary>
    Replicate = 1,

    /// <summary>Waiting for a snapshot to be installed.</summary>
    Snapshot = 2,
}
