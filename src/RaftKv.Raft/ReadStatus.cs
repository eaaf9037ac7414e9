namespace RaftKv.Raft;

/// <summary>The immediate answer to a read request.</summary>
public enum ReadStatus : byte
{
    /// <summary>The answer arrives in <see cref="Ready.Reads"/>.</summary>
    Waiting = 0,

    /// <summary>No leader is known; ask again later.</summary>
    NoLeader = 1,

    /// <summary><see cref="RaftOptions.PendingReadsMax"/> reads are waiting already.</summary>
    Busy = 2,

    /// <summary>The core stands still after a broken invariant.</summary>
    Faulted = 3,
}
