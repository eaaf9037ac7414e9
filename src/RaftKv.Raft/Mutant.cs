namespace RaftKv;

/// <summary>Known bugs of Raft implementations, to prove that the tests would find them.</summary>
internal enum Mutant
{
    /// <summary>The protocol as it should be.</summary>
    None,

    /// <summary>Commits an entry of an earlier term by counting copies (Raft 5.4.2).</summary>
    CommitOldTermByCounting,

    /// <summary>Sends a vote before it is durable.</summary>
    VoteBeforeDurable,

    /// <summary>Acknowledges entries before they are durable.</summary>
    AcknowledgeBeforeDurable,

    /// <summary>Asks for votes before its own vote and log are durable.</summary>
    CampaignBeforeDurable,

    /// <summary>Forgets after a restart whom it voted for.</summary>
    ForgetVoteOnRestart,

    /// <summary>A leader counts its own copy before it is durable.</summary>
    CountOwnUnwrittenEntries,

    /// <summary>Votes for a candidate whose log is behind.</summary>
    VoteForStaleLog,

    /// <summary>Votes for a second candidate in one term.</summary>
    VoteTwice,

    /// <summary>Confirms a read by a round that started before it.</summary>
    ReadByOlderRound,

    /// <summary>Answers a read before an entry of the term is committed.</summary>
    ReadBeforeCommitInTerm,

    /// <summary>Trusts its lease after it told a member to campaign.</summary>
    LeaseAfterTransfer,

    /// <summary>Trusts its lease for ever once it was held.</summary>
    LeaseWithoutTime,

    /// <summary>Trusts its lease after its group was at rest.</summary>
    LeaseThroughRest,

    /// <summary>Votes right after a start although it may have promised not to.</summary>
    LeaseForgottenOnRestart,

    /// <summary>Changes the configuration before an entry of the term is committed.</summary>
    ChangeBeforeCommitInTerm,

    /// <summary>Keeps a configuration whose entry was truncated.</summary>
    KeepTruncatedConfiguration,

    /// <summary>Counts a learner's acknowledgement as a voter's.</summary>
    CountLearners,

    /// <summary>Leaves a joint configuration before it is committed.</summary>
    LeaveJointEarly,

    /// <summary>Commits in a joint configuration by the new voters alone.</summary>
    CommitByNewVotersOnly,

    /// <summary>Wins an election in a joint configuration by the new voters alone.</summary>
    ElectByNewVotersOnly,

    /// <summary>Takes entries although the position before them is not shared.</summary>
    AppendWithoutMatch,

    /// <summary>Cuts its log at every append, old and repeated ones included.</summary>
    TruncateOnOldAppend,

    /// <summary>A follower commits further than its log is known to be shared.</summary>
    CommitBeyondShared,

    /// <summary>A leader's heartbeat names its commit index to those who lack entries.</summary>
    HeartbeatCommitsUnshared,

    /// <summary>Installs a snapshot older than what it holds.</summary>
    InstallStaleSnapshot,

    /// <summary>Applies entries that its own disk does not hold.</summary>
    ApplyBeforeDurable,

    /// <summary>Appends a repeated forwarded frame again.</summary>
    TakeForwardedTwice,

    /// <summary>Numbers its questions for a read index anew in each role.</summary>
    ReuseReadSequence,

    /// <summary>Counts votes and acknowledgements of a member that lost its disk.</summary>
    CountAmnesiac,

    /// <summary>Keeps messages in the window that will never be answered.</summary>
    LeakWindow,

    /// <summary>Changes the configuration while an earlier change is not committed.</summary>
    OverlapChanges,

    /// <summary>Tells a member to campaign before it holds the whole log.</summary>
    TransferWithoutCatchUp,

    /// <summary>Promises its vote although it hears a leader.</summary>
    PreVoteDespiteLeader,

    /// <summary>Forgets its promise to a leader when the configuration changes, as at its own promotion.</summary>
    PromiseForgottenOnPromotion,

    /// <summary>Forgets its promise to a leader in a term that it had joined before it restarted.</summary>
    PromiseForgottenInOwnTerm,

    /// <summary>Counts a lease from when its round was echoed, not from when it was sent.</summary>
    LeaseFromEcho,

    /// <summary>Acknowledges a snapshot when it orders it.</summary>
    AcknowledgeOrderedSnapshot,

    /// <summary>Takes any report about a snapshot for the end of its transfer.</summary>
    ReportEndsSnapshot,

    /// <summary>Never asks again where an answer was lost.</summary>
    WaitForLostAnswer,

    /// <summary>Counts a write as durable although its entries were replaced meanwhile.</summary>
    DurableThoughReplaced,

    /// <summary>Fills memory of entries anew while a Ready that was not handed back still shows it.</summary>
    ReuseHeldEntries,

    /// <summary>Raises the format although a member has not said what it speaks.</summary>
    RaiseFormatUnheard,
}
