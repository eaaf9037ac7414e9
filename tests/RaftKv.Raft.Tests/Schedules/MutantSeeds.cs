namespace RaftKv.Raft.Tests.Schedules;

#if DEBUG
/// <summary>What catches each mutant; recorded with RAFTKV_MUTANTS=search.</summary>
internal static class MutantSeeds
{
    /// <summary>Mutants that the schedules meet too rarely, and a trace shows.</summary>
    public static readonly string[] Survivors = [nameof(Mutant.CommitByNewVotersOnly)];

    /// <summary>Mutants that neither shows within the budget.</summary>
    public static readonly string[] Uncaught = [];

    /// <summary>The first seed that catches a mutant: a shortcut for as long as the schedules stay as they are.</summary>
    public static ulong Of(string mutant) => mutant switch
    {
        nameof(Mutant.CommitOldTermByCounting) => 2,
        nameof(Mutant.ForgetVoteOnRestart) => 206,
        nameof(Mutant.CountOwnUnwrittenEntries) => 52,
        nameof(Mutant.VoteForStaleLog) => 17,
        nameof(Mutant.VoteTwice) => 4,
        nameof(Mutant.ReadByOlderRound) => 12,
        nameof(Mutant.ReadBeforeCommitInTerm) => 728,
        nameof(Mutant.LeaseAfterTransfer) => 463,
        nameof(Mutant.LeaseWithoutTime) => 1128,
        nameof(Mutant.ChangeBeforeCommitInTerm) => 2,
        nameof(Mutant.KeepTruncatedConfiguration) => 55,
        nameof(Mutant.CountLearners) => 219,
        nameof(Mutant.LeaveJointEarly) => 12,
        nameof(Mutant.ElectByNewVotersOnly) => 109,
        nameof(Mutant.AppendWithoutMatch) => 316,
        nameof(Mutant.TruncateOnOldAppend) => 3,
        nameof(Mutant.CommitBeyondShared) => 316,
        nameof(Mutant.HeartbeatCommitsUnshared) => 737,
        nameof(Mutant.InstallStaleSnapshot) => 929,
        nameof(Mutant.ApplyBeforeDurable) => 6,
        nameof(Mutant.TakeForwardedTwice) => 6,
        nameof(Mutant.ReuseReadSequence) => 56,
        nameof(Mutant.CountAmnesiac) => 174,
        nameof(Mutant.DurableThoughReplaced) => 411,
        _ => 1,
    };
}
#endif
