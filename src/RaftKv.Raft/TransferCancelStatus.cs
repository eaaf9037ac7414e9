namespace RaftKv.Raft;

/// <summary>What became of the wish to keep leadership after all.</summary>
public enum TransferCancelStatus : byte
{
    /// <summary>The target was not told to campaign and will not be: this member leads on and takes proposals again.</summary>
    Cancelled = 0,

    /// <summary>
    /// The target was told to campaign already: this member leads on and takes proposals again, but may still be unseated.
    /// </summary>
    MayStillHappen = 1,

    /// <summary>Leadership is not being handed over.</summary>
    NotUnderWay = 2,

    /// <summary>This member does not lead; only the leader can cancel.</summary>
    NotLeader = 3,

    /// <summary>The core stands still after a broken invariant.</summary>
    Faulted = 4,
}
