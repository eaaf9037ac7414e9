using RaftKv.Raft.Tests.Harness;

namespace RaftKv.Raft.Tests.Schedules;

/// <summary>
/// Random schedules of whole groups (Raft figure 3, thesis 3.6): whatever happens, the claims hold, and healing brings progress.
/// </summary>
public sealed class ScheduleTests
{
    [Fact]
    public void Random_schedules_keep_every_claim_and_make_progress_once_healed()
    {
        long elections = 0;
        long commits = 0;
        long configurations = 0;
        long snapshots = 0;
        long wipes = 0;
        long formats = 0;
        Rounds.ForSeeds(2000, nameof(Random_schedules_keep_every_claim_and_make_progress_once_healed), seed =>
        {
            Schedule schedule = ShrunkTrace.Run(seed);
            elections += schedule.Claims.ElectionCount;
            commits += schedule.Claims.CommittedMax.Value;
            configurations += schedule.Claims.ConfigurationCount;
            snapshots += schedule.SnapshotCount;
            wipes += schedule.WipeCount;
            formats += schedule.Claims.FormatCount;
        });
        if (Rounds.IsReplay)
            return;
        // A run in which nothing happens proves nothing.
        string seen = $"{elections} elections, {commits} commits, {configurations} configurations, {snapshots} snapshots, {wipes} wipes, "
            + $"{formats} formats";
        Assert.True(
            elections > 2000 && commits > 20_000 && configurations > 500 && snapshots > 50 && wipes > 0 && formats > 20, seen);
    }
}
