using RaftKv.Raft;
using RaftKv.Storage.Mvcc;
using RaftKv.Testing.Disk;

namespace RaftKv.Storage.Tests.Mvcc;

/// <summary>The machine stops at every single operation on the disk; what is there afterwards must be a whole checkpoint.</summary>
/// <remarks>RAFTKV_ROUNDS multiplies the number of seeds; default 1.</remarks>
public class MvccCrashTests
{
    private static readonly MvccOptions Options = new() { PageSizeBytes = 1024, CacheBytes = 1 << 20, CheckpointBytes = 6000 };

    [Fact]
    public void After_a_crash_at_any_operation_the_store_is_the_last_checkpoint_or_the_one_under_way()
    {
        for (ulong seed = 1; seed <= 2UL * (ulong)MvccModelTests.Rounds; seed++)
        {
            for (long crashAt = 1; Run(seed, crashAt); crashAt++)
            {
            }
        }
    }

    // False once the crash lies behind the end of the workload.
    private static bool Run(ulong seed, long crashAt)
    {
        var random = new SplittableRandom(seed);
        var disk = new SimulatedDisk(new SplittableRandom(seed * 1_000_003 + (ulong)crashAt));
        var scenario = new MvccScenario(random.Fork("scenario"), 60, 60);
        var models = new Dictionary<long, VersionModel> { [0] = scenario.Model.Copy() };
        disk.Faults = operation => operation.Number == crashAt ? DiskFault.Crash : DiskFault.None;
        long durable = 0;
        long underWay = 0;
        try
        {
            using MvccStore store = MvccStore.Open(disk.Root, Options);
            for (int step = 0; step < 30; step++)
            {
                scenario.Batch(store);
                models[scenario.Index] = scenario.Model.Copy();
                store.CompactStep(10);
                if (step % 5 == 4)
                    store.ShrinkStep(5);
                if (!store.CheckpointDue)
                    continue;
                underWay = scenario.Index;
                store.Checkpoint();
                durable = scenario.Index;
            }
            return false;
        }
        catch (StorageFailedException)
        {
            Assert.True(disk.IsOff);
        }
        try
        {
            Reopen(disk, models, durable, underWay, seed);
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"seed {seed}, crash at operation {crashAt}", exception);
        }
        return true;
    }

    private static void Reopen(SimulatedDisk disk, Dictionary<long, VersionModel> models, long durable, long underWay, ulong seed)
    {
        disk.Faults = null;
        disk.Crash();
        using MvccStore store = MvccStore.Open(disk.Root, Options);
        Assert.Contains(store.Applied.Index, new[] { durable, underWay });
        Assert.Equal(store.Applied, store.Durable);
        Assert.Empty(store.Check().Defects);
        VersionModel model = models[store.Applied.Index];
        var random = new SplittableRandom(seed);
        using (MvccReadTransaction view = store.BeginRead())
            Expect.SameView(model, view, new MvccScenario(random, 60, 60), random);
        using (MvccWriteTransaction batch = store.BeginWrite())
        {
            for (int i = 0; i < 20; i++)
                batch.Put([(byte)i, (byte)i], new byte[200]);
            batch.Commit(store.Applied);
        }
        store.Checkpoint();
        Assert.Empty(store.Check().Defects);
    }
}
