using RaftKv.Raft;
using RaftKv.Storage.Mvcc;
using RaftKv.Testing.Disk;

namespace RaftKv.Storage.Tests.Mvcc;

/// <summary>
/// A disk that is full at any size: writes are refused cleanly, reads go on, and deletions, compaction and checkpoints work from the reserve
/// until there is room again.
/// </summary>
public class DiskFullTests
{
    private const long FirstCapacityBytes = 150_000;
    private const long CapacityStepBytes = 1024;
    private const int Capacities = 60;
    private const long OperationsToOpen = 7;     // until then there is no store that could be full
    private const int KeysUntilFull = 40;

    private static readonly MvccOptions Options = new()
    {
        PageSizeBytes = 1024, CacheBytes = 1 << 20, CheckpointBytes = 20_000, ReserveBytes = 100 << 10,
    };

    [Fact]
    public void On_a_full_disk_of_any_size_the_store_is_cleared_from_its_reserve_and_goes_on()
    {
        for (int i = 0; i < Capacities; i++)
            Run(FirstCapacityBytes + i * CapacityStepBytes);
    }

    [Fact]
    public void When_the_disk_fills_at_any_operation_the_store_is_cleared_from_its_reserve_and_goes_on()
    {
        var options = new MvccOptions { PageSizeBytes = 1024, CacheBytes = 1 << 20, CheckpointBytes = 2000 };
        for (long fullAt = OperationsToOpen; ; fullAt++)
        {
            var disk = new SimulatedDisk(new SplittableRandom(1));
            disk.Faults = operation =>
            {
                if (operation.Number == fullAt)
                    disk.CapacityBytes = disk.UsedBytes;
                return DiskFault.None;
            };
            if (!Run(disk, options, keysMin: 0, KeysUntilFull))
                break;
        }
    }

    private static void Run(long capacityBytes)
    {
        var disk = new SimulatedDisk(new SplittableRandom(1)) { CapacityBytes = capacityBytes };
        Run(disk, Options, keysMin: 20, int.MaxValue);
    }

    // Whether the disk became full. A store that had few keys by then keeps a reserve as large as they are, so that for a new key the
    // device must have room again.
    private static bool Run(SimulatedDisk disk, MvccOptions options, int keysMin, int keysMax)
    {
        bool wasFull;
        var model = new VersionModel();
        long index = 0;
        using (MvccStore store = MvccStore.Open(disk.Root, options))
        {
            int keys = 0;
            while ((keys < keysMax || disk.CapacityBytes != long.MaxValue) && TryPut(store, model, keys, ref index))
            {
                keys++;
                if (store.CheckpointDue)
                    store.Checkpoint();
            }
            Assert.True(keys >= keysMin, $"only {keys} keys fit in {disk.CapacityBytes} bytes");
            wasFull = disk.CapacityBytes != long.MaxValue;
            Assert.Equal(!wasFull, TryPut(store, model, keys, ref index));
            Same(store, model);
            store.Checkpoint();
            Clear(store, model, keys, ref index);
            if (keysMin == 0)
                disk.CapacityBytes = long.MaxValue;
            for (int key = 0; key < keys / 2; key++)
                Assert.True(TryPut(store, model, key, ref index), $"key {key} of {keys} at {disk.CapacityBytes} bytes");
            store.Checkpoint();
            Same(store, model);
            Assert.Empty(store.Check().Defects);
        }
        using MvccStore reopened = MvccStore.Open(disk.Root, options);
        Assert.Empty(reopened.Check().Defects);
        Same(reopened, model);
        return wasFull;
    }

    // Nothing here may find the disk full: a few deletions at a time, then what they freed.
    private static void Clear(MvccStore store, VersionModel model, int keys, ref long index)
    {
        for (int key = 0; key < keys; key++)
        {
            if (key % 4 == 0)
                continue;
            using (MvccWriteTransaction batch = store.BeginWrite())
            {
                int order = 0;
                var range = new RangeQuery { Key = Key(key) };
                Assert.Equal(model.Delete(range, ref order), batch.DeleteRange(range.Key, range.RangeEnd));
                model.Compacted = model.Revision;
                Assert.Equal(RevisionStatus.Ok, batch.Compact(batch.Revision));
                batch.Commit(new StorePosition(1, ++index));
            }
            if (key % 8 != 7)
                continue;
            while (store.CompactStep(8))
            {
            }
            store.Checkpoint();
        }
        while (store.CompactStep(8))
        {
        }
        store.Checkpoint();
        store.Checkpoint();
    }

    private static bool TryPut(MvccStore store, VersionModel model, int number, ref long index)
    {
        using MvccWriteTransaction batch = store.BeginWrite();
        var value = new byte[number % 10 == 3 ? 3000 : 200];
        value.AsSpan().Fill((byte)number);
        try
        {
            batch.Put(Key(number), value);
        }
        catch (StorageFullException)
        {
            return false;
        }
        batch.Commit(new StorePosition(1, ++index));
        int order = 0;
        model.Put(Key(number), value, 0, ref order);
        return true;
    }

    private static byte[] Key(int number) => [(byte)(number * 37), (byte)(number >> 3), (byte)number];

    private static void Same(MvccStore store, VersionModel model)
    {
        using MvccReadTransaction view = store.BeginRead();
        Expect.SameRange(model, view, new RangeQuery { Key = new byte[1], RangeEnd = new byte[1] });
    }
}
