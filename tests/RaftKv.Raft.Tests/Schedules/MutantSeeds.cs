namespace RaftKv.Raft.Tests.Schedules;

/// <summary>The first seed that catches each mutant; recorded with RAFTKV_MUTANTS=search, and no more than a shortcut.</summary>
#if DEBUG
internal static class MutantSeeds
{
    /// <summary>Mutants that the default budget does not catch.</summary>
    public static readonly string[] Survivors =
    [
        nameof(Mutant.CommitOldTermByCounting),
        nameof(Mutant.ReadByOlderRound),
        nameof(Mutant.ReadBeforeCommitInTerm),
        nameof(Mutant.LeaseAfterTransfer),
        nameof(Mutant.LeaseWithoutTime),
        nameof(Mutant.LeaseForgottenOnRestart),
        nameof(Mutant.ChangeBeforeCommitInTerm),
        nameof(Mutant.CommitByNewVotersOnly),
        nameof(Mutant.ElectByNewVotersOnly),
        nameof(Mutant.AppendWithoutMatch),
        nameof(Mutant.CommitBeyondShared),
        nameof(Mutant.HeartbeatCommitsUnshared),
        nameof(Mutant.InstallStaleSnapshot),
        nameof(Mutant.ReuseReadSequence),
        nameof(Mutant.DurableThoughReplaced),
    ];

    public static ulong Of(string mutant) => mutant switch
    {
        nameof(Mutant.ForgetVoteOnRestart) => 11,
        nameof(Mutant.CountOwnUnwrittenEntries) => 12,
        nameof(Mutant.VoteForStaleLog) => 174,
        nameof(Mutant.VoteTwice) => 7,
        nameof(Mutant.KeepTruncatedConfiguration) => 17,
        nameof(Mutant.CountLearners) => 96,
        nameof(Mutant.LeaveJointEarly) => 25,
        nameof(Mutant.TruncateOnOldAppend) => 9,
        nameof(Mutant.ApplyBeforeDurable) => 51,
        nameof(Mutant.TakeForwardedTwice) => 6,
        nameof(Mutant.CountAmnesiac) => 18,
        _ => 1,
    };
}
#endif
