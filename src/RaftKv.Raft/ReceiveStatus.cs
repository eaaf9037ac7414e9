namespace RaftKv.Raft;

/// <summary>What became of a message. Nothing that one says is believed unless it was <see cref="Accepted"/>.</summary>
/// <remarks>
/// Three things are facts whatever else a message says, once its address, form and term have been judged: that its term exists (Raft 5.1),
/// that the leader of a term is alive, and which disk its sender has. They are kept although the rest is refused.
/// </remarks>
public enum ReceiveStatus : byte
{
    /// <summary>It was handled.</summary>
    Accepted = 0,

    /// <summary>It belongs to an earlier term or round and says nothing new. Ordinary after delays and repeats.</summary>
    Stale = 1,

    /// <summary>It belongs to another group.</summary>
    WrongGroup = 2,

    /// <summary>It is addressed to another member, or claims to come from this one or from nobody.</summary>
    WrongAddress = 3,

    /// <summary>It answers for a member that the leader does not replicate to.</summary>
    UnknownSender = 4,

    /// <summary>Its parts contradict each other, or what is certain here.</summary>
    Malformed = 5,

    /// <summary>Its term leaps further ahead than <see cref="RaftOptions.TermLeapMax"/>.</summary>
    TermTooFar = 6,

    /// <summary>It speaks of log entries past the end of the log.</summary>
    IndexPastEnd = 7,

    /// <summary>A leader is in contact, so the request to vote is not heard (thesis 4.2.3).</summary>
    LeaderInContact = 8,

    /// <summary>This member's role has no use for it.</summary>
    NotForThisRole = 9,

    /// <summary>The core stands still after a broken invariant.</summary>
    Faulted = 10,

    /// <summary>The sender lost its disk since it was admitted: what it votes and acknowledges does not count.</summary>
    Amnesiac = 11,

    /// <summary>It brings entries while more than <see cref="EntryLimits.UnwrittenBytes"/> are on their way to the disk.</summary>
    NoRoom = 12,
}
