namespace RaftKv.Raft.Tests.Schedules;

#if DEBUG
/// <summary>What catches each mutant; recorded with RAFTKV_MUTANTS=search.</summary>
internal static class MutantSeeds
{
    /// <summary>Mutants that the schedules meet too rarely, and a trace shows.</summary>
    public static readonly string[] Survivors =
    [
        nameof(Mutant.CommitOldTermByCounting),
        nameof(Mutant.ReadByOlderRound),
        nameof(Mutant.LeaseAfterTransfer),
        nameof(Mutant.LeaseWithoutTime),
        nameof(Mutant.LeaseForgottenOnRestart),
        nameof(Mutant.ChangeBeforeCommitInTerm),
        nameof(Mutant.CommitByNewVotersOnly),
        nameof(Mutant.CommitBeyondShared),
        nameof(Mutant.HeartbeatCommitsUnshared),
    ];

    /// <summary>Mutants that neither shows within the budget.</summary>
    public static readonly string[] Uncaught =
    [
        nameof(Mutant.ElectByNewVotersOnly),
        nameof(Mutant.AppendWithoutMatch),
        nameof(Mutant.ReuseReadSequence),
        nameof(Mutant.DurableThoughReplaced),
    ];

    /// <summary>The first seed that catches a mutant: a shortcut for as long as the schedules stay as they are.</summary>
    public static ulong Of(string mutant) => mutant switch
    {
        nameof(Mutant.ForgetVoteOnRestart) => 11,
        nameof(Mutant.CountOwnUnwrittenEntries) => 12,
        nameof(Mutant.VoteForStaleLog) => 186,
        nameof(Mutant.VoteTwice) => 7,
        nameof(Mutant.ReadBeforeCommitInTerm) => 569,
        nameof(Mutant.KeepTruncatedConfiguration) => 17,
        nameof(Mutant.CountLearners) => 96,
        nameof(Mutant.LeaveJointEarly) => 25,
        nameof(Mutant.TruncateOnOldAppend) => 9,
        nameof(Mutant.InstallStaleSnapshot) => 662,
        nameof(Mutant.ApplyBeforeDurable) => 51,
        nameof(Mutant.TakeForwardedTwice) => 6,
        nameof(Mutant.CountAmnesiac) => 18,
        _ => 1,
    };
}
#endif
