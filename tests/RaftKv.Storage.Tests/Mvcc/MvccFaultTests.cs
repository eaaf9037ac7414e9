using RaftKv.Raft;
using RaftKv.Storage.Mvcc;
using RaftKv.Testing.Disk;

namespace RaftKv.Storage.Tests.Mvcc;

/// <summary>Disks that are full, refuse, lose writes or fail to flush, at every operation.</summary>
public class MvccFaultTests
{
    private const long MetaBytes = 8192;

    private static readonly MvccOptions Options = new() { PageSizeBytes = 1024, CacheBytes = 1 << 20, CheckpointBytes = 6000 };

    [Fact]
    public void On_a_full_disk_reads_go_on_and_writes_do_once_there_is_room()
    {
        for (long fullFrom = 4; RunFull(fullFrom); fullFrom++)
        {
        }
    }

    [Fact]
    public void After_a_failed_flush_the_store_refuses_writes_until_it_is_reopened()
    {
        for (int failing = 1; failing <= 8; failing++)
        {
            var disk = new SimulatedDisk(new SplittableRandom((ulong)failing));
            var scenario = new MvccScenario(new SplittableRandom(5), 60, 60);
            using (MvccStore store = MvccStore.Open(disk.Root, Options))
            {
                int flushes = 0;
                disk.Faults = operation =>
                    operation.Kind == DiskOperationKind.Flush && ++flushes == failing ? DiskFault.Fail : DiskFault.None;
                Assert.Throws<StorageFailedException>(() => Work(store, scenario, 40));
                disk.Faults = null;
                Assert.Throws<StorageFailedException>(() => store.BeginWrite());
                Assert.Throws<StorageFailedException>(store.Checkpoint);
            }
            disk.Crash();
            using MvccStore reopened = MvccStore.Open(disk.Root, Options);
            Assert.Empty(reopened.Check().Defects);
        }
    }

    [Fact]
    public void A_lost_page_write_is_reported_and_never_read_as_data()
    {
        int reported = 0;
        for (long lost = 4; lost < 80; lost++)
        {
            var disk = new SimulatedDisk(new SplittableRandom(1));
            var scenario = new MvccScenario(new SplittableRandom(6), 60, 60);
            bool hit = false;
            using (MvccStore store = MvccStore.Open(disk.Root, Options))
            {
                disk.Faults = operation =>
                {
                    bool lose = operation.Number == lost && operation.Kind == DiskOperationKind.Write && operation.Offset >= MetaBytes;
                    hit |= lose;
                    return lose ? DiskFault.Lose : DiskFault.None;
                };
                try
                {
                    Work(store, scenario, 20);
                    store.Checkpoint();
                }
                catch (StorageCorruptException)
                {
                    reported++;
                    continue;
                }
            }
            disk.Faults = null;
            if (hit && !ReadsAsBefore(disk, scenario.Model))
                reported++;
        }
        Assert.True(reported > 5, $"only {reported} losses were seen");
    }

    private static bool ReadsAsBefore(SimulatedDisk disk, VersionModel model)
    {
        try
        {
            using MvccStore store = MvccStore.Open(disk.Root, Options);
            using MvccReadTransaction view = store.BeginRead();
            Expect.SameRange(model, view, new RangeQuery { Key = new byte[1], RangeEnd = new byte[1] });
            Expect.SameChanges(model, view, Math.Max(1, model.Compacted));
            return store.Check().IsClean;
        }
        catch (StorageCorruptException)
        {
            return false;
        }
    }

    private static void Work(MvccStore store, MvccScenario scenario, int batches)
    {
        for (int i = 0; i < batches; i++)
        {
            scenario.Batch(store);
            if (store.CheckpointDue)
                store.Checkpoint();
        }
    }

    private static bool RunFull(long fullFrom)
    {
        var disk = new SimulatedDisk(new SplittableRandom(2));
        var random = new SplittableRandom(3);
        var scenario = new MvccScenario(random, 60, 60);
        using MvccStore store = MvccStore.Open(disk.Root, Options);
        int refused = 0;
        disk.Faults = operation =>
        {
            bool full = operation.Number >= fullFrom && operation.Kind == DiskOperationKind.Write && refused < 3;
            refused += full ? 1 : 0;
            return full ? DiskFault.Full : DiskFault.None;
        };
        for (int i = 0; i < 25; i++)
        {
            bool tookPlace = scenario.TryBatch(store);
            Assert.True(tookPlace || refused > 0);
            TryCheckpoint(store, refused);
            using MvccReadTransaction view = store.BeginRead();
            Expect.SameRange(scenario.Model, view, new RangeQuery { Key = new byte[1], RangeEnd = new byte[1] });
        }
        disk.Faults = null;
        store.Checkpoint();
        Assert.Empty(store.Check().Defects);
        using MvccReadTransaction last = store.BeginRead();
        Expect.SameView(scenario.Model, last, scenario, random);
        return refused > 0;
    }

    private static void TryCheckpoint(MvccStore store, int refused)
    {
        try
        {
            if (store.CheckpointDue)
                store.Checkpoint();
        }
        catch (StorageFullException)
        {
            Assert.True(refused < 4);
        }
    }
}
