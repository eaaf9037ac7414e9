namespace RaftKv.Raft;

/// <summary>What became of a configuration change. All but <see cref="Appended"/> changed nothing.</summary>
public enum ChangeStatus : byte
{
    /// <summary>It is in the leader's log and in effect; it is done once its entry is applied at that very position.</summary>
    Appended = 0,

    /// <summary>This member does not lead; ask the leader.</summary>
    NotLeader = 1,

    /// <summary>Another change is not committed yet, or a joint configuration is not left yet.</summary>
    InFlight = 2,

    /// <summary>The leader has not committed an entry of its own term yet (Ongaro's single-server bug note, 2015).</summary>
    NoCommitInTerm = 3,

    /// <summary>Leadership is being handed over.</summary>
    Transferring = 4,

    /// <summary>The configuration cannot be changed so; see <see cref="ChangeResult.Error"/>.</summary>
    Refused = 5,

    /// <summary>The core stands still after a broken invariant.</summary>
    Faulted = 6,
}
