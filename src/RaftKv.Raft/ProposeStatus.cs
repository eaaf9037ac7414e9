namespace RaftKv.Raft;

/// <summary>What became of a proposal at the moment of the answer.</summary>
public enum ProposeStatus : byte
{
    /// <summary>It is in the leader's log at the position given. It is applied once an entry with that very position is applied.</summary>
    Appended = 0,

    /// <summary>It is on its way to the leader; the answer arrives in <see cref="Ready.Proposals"/>.</summary>
    Forwarded = 1,

    /// <summary>No leader is known. Nothing was sent: safe to propose again.</summary>
    NoLeader = 2,

    /// <summary>A bound on waiting work is reached. Nothing was appended: safe to propose again, later.</summary>
    Busy = 3,

    /// <summary>One payload exceeds <see cref="RaftOptions.EntryBytesMax"/>. Nothing was appended.</summary>
    TooLarge = 4,

    /// <summary>Leadership is being handed over. Nothing was appended: safe to propose again.</summary>
    Transferring = 5,

    /// <summary>The addressee did not lead in the term in which the proposal was forwarded. Nothing was appended.</summary>
    NotLeader = 6,

    /// <summary>The leader changed or stayed silent after the proposal was forwarded: it may or may not be applied.</summary>
    Unknown = 7,

    /// <summary>The core stands still after a broken invariant.</summary>
    Faulted = 8,
}
