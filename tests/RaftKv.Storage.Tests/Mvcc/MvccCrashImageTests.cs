using RaftKv.Raft;
using RaftKv.Storage.Mvcc;
using RaftKv.Testing.Disk;

namespace RaftKv.Storage.Tests.Mvcc;

/// <summary>
/// Every state a crash may leave, at every moment of a run, opens by itself and is the last completed checkpoint or the one under way.
/// </summary>
/// <remarks>RAFTKV_ROUNDS multiplies the number of seeds; default 1. The number of states visited is in the test's output.</remarks>
public class MvccCrashImageTests(ITestOutputHelper output)
{
    [Fact]
    public void Every_crash_state_of_a_run_is_the_last_checkpoint_or_the_one_under_way()
        => ExploreSeeds(firstSeed: 0, seeds: 2, new CrashRunShape(Steps: 24, Keys: 40, ValueBytesMax: 60, StatesMax: 32), statesMin: 3000);

    [Fact]
    public void Every_crash_state_of_a_run_with_large_values_is_the_last_checkpoint_or_the_one_under_way()
        => ExploreSeeds(firstSeed: 100, seeds: 2, new CrashRunShape(Steps: 16, Keys: 25, ValueBytesMax: 250, StatesMax: 24),
            statesMin: 2000);

    [Fact]
    public void Every_crash_state_while_a_file_shrinks_is_the_last_checkpoint_or_the_one_under_way()
        => ExploreSeeds(firstSeed: 200, seeds: 2, new CrashRunShape(Steps: 10, Keys: 50, ValueBytesMax: 120, StatesMax: 24, Empties: true),
            statesMin: 1000);

    [Fact]
    public void Every_crash_state_while_a_full_disk_is_cleared_from_the_reserve_is_the_last_checkpoint_or_the_one_under_way()
        => ExploreSeeds(firstSeed: 300, seeds: 2, new CrashRunShape(Steps: 8, Keys: 50, ValueBytesMax: 120, StatesMax: 24, Fills: true),
            statesMin: 1000);

    private void ExploreSeeds(ulong firstSeed, int seeds, CrashRunShape shape, long statesMin)
    {
        long states = 0;
        long moments = 0;
        long complete = 0;
        for (ulong seed = firstSeed; seed < firstSeed + (ulong)(seeds * MvccModelTests.Rounds); seed++)
        {
            var run = new CrashRun(seed, shape);
            CrashExplorer explorer = run.Explore();
            states += explorer.States;
            moments += explorer.Moments;
            complete += explorer.MomentsComplete;
        }
        output.WriteLine($"{states} states at {moments} moments, all combinations at {complete} of them");
        Assert.True(states >= statesMin, $"only {states} states");
    }
}
