using RaftKv.Raft;
using RaftKv.Storage.Mvcc;
using RaftKv.Testing.Disk;

namespace RaftKv.Storage.Tests.Mvcc;

/// <summary>Space goes back to the system in slices, while everything stays readable.</summary>
public class MvccShrinkTests
{
    [Theory]
    [InlineData(100)]
    [InlineData(3000)]
    public void After_most_keys_are_deleted_and_compacted_the_file_shrinks_to_what_is_left(int valueBytes)
    {
        var disk = new SimulatedDisk(new SplittableRandom(1));
        var model = new VersionModel();
        var options = new MvccOptions { PageSizeBytes = 1024, CacheBytes = 1 << 20, ReserveBytes = 0 };
        using (MvccStore store = MvccStore.Open(disk.Root, options))
        {
            for (int batch = 0; batch < 20; batch++)
                Fill(store, model, batch, valueBytes);
            long full = disk.ReadFile("store.db").Length;
            Delete(store, model);
            while (store.CompactStep())
            {
            }
            for (int round = 0; round < 4; round++)
            {
                store.Checkpoint();
                while (store.ShrinkStep(20))
                {
                }
                Assert.Empty(store.Check().Defects);
            }
            store.Checkpoint();
            long left = disk.ReadFile("store.db").Length;
            Assert.True(left < full / 5, $"{left} of {full} bytes are left");
            Assert.True(left < 13 * store.UsedBytes / 10, $"{left} bytes for {store.UsedBytes} in use");
        }
        using MvccStore reopened = MvccStore.Open(disk.Root, options);
        Assert.Empty(reopened.Check().Defects);
        using MvccReadTransaction view = reopened.BeginRead();
        Expect.SameRange(model, view, new RangeQuery { Key = new byte[1], RangeEnd = new byte[1] });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Idle_time_is_enough_to_give_space_back_and_the_work_ends(bool underReader)
    {
        var disk = new SimulatedDisk(new SplittableRandom(1));
        var model = new VersionModel();
        var options = new MvccOptions { PageSizeBytes = 1024, CacheBytes = 16 << 20, ReserveBytes = 0 };
        using MvccStore store = MvccStore.Open(disk.Root, options);
        for (int batch = 0; batch < 20; batch++)
            Fill(store, model, batch, 100);
        long full = disk.ReadFile("store.db").Length;
        MvccReadTransaction? reader = underReader ? store.BeginRead() : null;
        Delete(store, model);
        Idle(store);
        if (underReader)
        {
            reader!.Dispose();
            // The store was idle and noticed nothing: whatever is written next makes it look again.
            Fill(store, model, 20, 100);
            Idle(store);
        }
        Assert.True(disk.ReadFile("store.db").Length < full / 5, $"{disk.ReadFile("store.db").Length} of {full} bytes are left");
        Assert.Empty(store.Check().Defects);
        using MvccReadTransaction view = store.BeginRead();
        Expect.SameRange(model, view, new RangeQuery { Key = new byte[1], RangeEnd = new byte[1] });
    }

    // What a host does between batches.
    private static void Idle(MvccStore store)
    {
        int steps = 0;
        while (store.Tidy(20) || store.CheckpointDue)
        {
            Assert.True(++steps < 1000, "the work does not end");
            if (store.CheckpointDue)
                store.Checkpoint();
        }
    }

    private static void Fill(MvccStore store, VersionModel model, int batch, int valueBytes)
    {
        using MvccWriteTransaction transaction = store.BeginWrite();
        for (int i = 0; i < 50; i++)
        {
            transaction.BeginCommand();
            int order = 0;
            byte[] key = [(byte)(i * 5), (byte)batch];
            byte[] value = new byte[valueBytes];
            value.AsSpan().Fill((byte)i);
            model.Put(key, value, 0, ref order);
            transaction.Put(key, value);
        }
        transaction.Commit(new StorePosition(1, batch + 1));
        store.Checkpoint();
    }

    private static void Delete(MvccStore store, VersionModel model)
    {
        using MvccWriteTransaction transaction = store.BeginWrite();
        int order = 0;
        var range = new RangeQuery { Key = new byte[] { 1 }, RangeEnd = new byte[] { 225 } };
        model.Delete(range, ref order);
        transaction.DeleteRange(range.Key, range.RangeEnd);
        transaction.BeginCommand();
        order = 0;
        model.Put([250], [1], 0, ref order);
        transaction.Put([250], [1]);
        Assert.Equal(RevisionStatus.Ok, transaction.Compact(transaction.Revision));
        transaction.Commit(new StorePosition(1, 100));
    }
}
