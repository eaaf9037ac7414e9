using RaftKv.Raft;
using RaftKv.Storage.Wal;
using RaftKv.Testing.Disk;

namespace RaftKv.Storage.Tests.Wal;

/// <summary>Every state a crash may leave, at every moment of a run, opens by itself and holds what was acknowledged.</summary>
public sealed class WalCrashImageTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_crash_state_of_a_run_holds_all_acknowledged_batches_and_no_half_of_one(bool isAhead)
    {
        long states = 0;
        for (ulong seed = 0; seed < (ulong)WalWorld.Rounds(3); seed++)
            states += Explore(seed, isAhead, steps: 30, payloadBytesMax: 600, statesMax: 64);
        Assert.True(states > 1000, $"only {states} states");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_crash_state_around_segment_changes_holds_all_acknowledged_batches(bool isAhead)
    {
        long states = 0;
        for (ulong seed = 100; seed < 100 + (ulong)WalWorld.Rounds(1); seed++)
            states += Explore(seed, isAhead, steps: 16, payloadBytesMax: 20_000, statesMax: 24);
        Assert.True(states > 300, $"only {states} states");
    }

    [Fact]
    public void Every_crash_state_while_opening_after_a_crash_holds_all_acknowledged_batches()
    {
        for (ulong seed = 0; seed < (ulong)WalWorld.Rounds(40); seed++)
        {
            SimulatedDisk disk = WalWorld.Disk(seed);
            SplittableRandom random = new(seed);
            WriteAheadLog log = WalWorld.Open(disk);
            WalModel acknowledged = new();
            for (int step = 0; step < 5; step++)
            {
                (WalBatch batch, WalModel after) = acknowledged.DrawBatch(random, 900);
                log.Append(batch);
                acknowledged = after;
            }

            (WalBatch torn, WalModel whole) = acknowledged.DrawBatch(random, 900);
            disk.Faults = operation => operation.Kind == DiskOperationKind.Flush ? DiskFault.Crash : DiskFault.None;
            Assert.Throws<StorageFailedException>(() => log.Append(torn));
            disk.Crash();
            CrashExplorer explorer = new(disk, random, 64);
            explorer.Watch(state => Check(seed, state, acknowledged, whole));
            WalWorld.Open(disk).Dispose();
            explorer.Explore(state => Check(seed, state, acknowledged, whole));
        }
    }

    private static long Explore(ulong seed, bool isAhead, int steps, int payloadBytesMax, int statesMax)
    {
        SimulatedDisk disk = WalWorld.Disk(seed);
        SplittableRandom random = new SplittableRandom(seed).Fork("workload");
        CrashExplorer explorer = new(disk, new SplittableRandom(seed), statesMax);
        WalModel acknowledged = new();
        WalModel underWay = acknowledged;
        void Verify(SimulatedDisk state) => Check(seed, state, acknowledged, underWay);
        explorer.Watch(Verify);
        WriteAheadLog log = WalWorld.Open(disk, isAhead);
        for (int step = 0; step < steps; step++)
        {
            if (random.Chance(0.2))
            {
                long group = random.Next(3);
                long through = acknowledged.First(group) + random.Next(acknowledged.Last(group) - acknowledged.First(group) + 2);
                acknowledged.Release(group, through);
                log.Release(group, through);
            }

            (WalBatch batch, underWay) = acknowledged.DrawBatch(random, payloadBytesMax);
            log.Append(batch);
            acknowledged = underWay;
        }

        log.Dispose();
        explorer.Explore(Verify);
        return explorer.States;
    }

    private static void Check(ulong seed, SimulatedDisk state, WalModel acknowledged, WalModel underWay)
    {
        using WriteAheadLog log = WalWorld.Open(state);
        acknowledged.RepeatReleases(log);
        string? difference = acknowledged.Difference(log);
        if (difference is not null && underWay.Difference(log) is null)
            difference = null;
        Assert.True(difference is null, $"seed {seed}: {difference}");
    }
}
