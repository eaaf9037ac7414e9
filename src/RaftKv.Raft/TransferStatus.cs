namespace RaftKv.Raft;

/// <summary>What became of a request to hand leadership over.</summary>
public enum TransferStatus : byte
{
    /// <summary>It is under way; proposals are refused until the target leads or an election timeout has passed.</summary>
    Started = 0,

    /// <summary>The leader was asked.</summary>
    Forwarded = 1,

    /// <summary>No leader is known.</summary>
    NoLeader = 2,

    /// <summary>The target leads already.</summary>
    LeadsAlready = 3,

    /// <summary>The target is no voter that may lead.</summary>
    InvalidTarget = 4,

    /// <summary>The core stands still after a broken invariant.</summary>
    Faulted = 5,
}
