using RaftKv.Raft;
using RaftKv.Storage.Mvcc;
using RaftKv.Storage.Trees;
using RaftKv.Testing.Disk;

namespace RaftKv.Storage.Tests.Trees;

/// <summary>The plain tree's limits and ranges.</summary>
public class BTreeStoreTests
{
    [Fact]
    public void A_key_at_the_limit_is_taken_and_one_over_it_is_refused_with_nothing_changed()
    {
        var disk = new SimulatedDisk(new SplittableRandom(1));
        var longest = new byte[BTreeStore.KeyBytesMax];
        using (BTreeStore store = BTreeStore.Open(disk.Root, 1024, 1 << 20))
        {
            using BTreeWriteTransaction transaction = store.BeginWrite();
            transaction.Put(longest, new byte[100_000]);
            transaction.Put(longest.AsSpan(1), [1]);
            transaction.Put([], [2]);
            Assert.Throws<ArgumentException>(() => transaction.Put(new byte[BTreeStore.KeyBytesMax + 1], [1]));
            transaction.Commit();
            store.Checkpoint();
        }
        using BTreeStore reopened = BTreeStore.Open(disk.Root);
        Assert.Equal(3, reopened.Count);
        Assert.Empty(new StoreCheck(reopened.Trees).Run().Defects);
        using BTreeReadTransaction view = reopened.BeginRead();
        Assert.True(view.TryGet(longest, default, out int length));
        Assert.Equal(100_000, length);
    }

    [Fact]
    public void Keys_that_differ_only_at_the_end_of_32_KiB_are_told_apart_ordered_and_deleted()
    {
        const int keys = 40;
        var disk = new SimulatedDisk(new SplittableRandom(1));
        using BTreeStore store = BTreeStore.Open(disk.Root, 1024, 1 << 20);
        using (BTreeWriteTransaction transaction = store.BeginWrite())
        {
            for (int i = 0; i < keys; i++)
                Assert.True(transaction.Put(Key(i * 7 % keys), [(byte)i]));
            for (int i = 0; i < keys; i += 2)
                Assert.True(transaction.Delete(Key(i)));
            transaction.Commit();
        }
        store.Checkpoint();
        Assert.Empty(new StoreCheck(store.Trees).Run().Defects);
        using BTreeReadTransaction view = store.BeginRead();
        BTreeCursor cursor = view.Cursor();
        cursor.SeekFirst();
        for (int i = 1; i < keys; i += 2, cursor.MoveNext())
            Assert.Equal(Key(i), cursor.Key.ToArray());
        Assert.False(view.TryGet(Key(2), default, out _));

        static byte[] Key(int i) => [.. new byte[BTreeStore.KeyBytesMax - 1], (byte)i];
    }

    [Theory]
    [InlineData(512, 0)]
    [InlineData(1000, 0)]
    [InlineData(65536, 0)]
    [InlineData(4096, -1)]
    public void A_page_size_or_reserve_that_cannot_be_is_refused_and_makes_no_file(int pageSizeBytes, long reserveBytes)
    {
        var disk = new SimulatedDisk(new SplittableRandom(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => BTreeStore.Open(disk.Root, pageSizeBytes, 1 << 20, reserveBytes));
        Assert.Empty(disk.Files());
    }

    [Fact]
    public void A_large_value_and_the_rest_of_a_key_that_cannot_be_read_are_reported_as_defects()
    {
        var disk = new SimulatedDisk(new SplittableRandom(1));
        using BTreeStore store = BTreeStore.Open(disk.Root, 1024, 1 << 20);
        using (BTreeWriteTransaction transaction = store.BeginWrite())
        {
            transaction.Put(new byte[3000], [1]);
            transaction.Put([1], new byte[5000]);
            transaction.Commit();
        }
        store.Checkpoint();
        disk.Faults = operation =>
            operation.Kind == DiskOperationKind.Read && operation.Length != 1024 ? DiskFault.Fail : DiskFault.None;
        Assert.Equal(2, new StoreCheck(store.Trees).Run().Defects.Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_range_is_deleted_without_reading_leaves_that_refer_to_no_run(int largeValues)
    {
        const int keys = 20_000;
        var disk = new SimulatedDisk(new SplittableRandom(1));
        using (BTreeStore store = BTreeStore.Open(disk.Root, 1024, 8 << 20))
        {
            using (BTreeWriteTransaction transaction = store.BeginWrite())
            {
                for (int i = 0; i < keys; i++)
                    transaction.Put(Key(i), new byte[largeValues == 1 && i == keys / 2 ? 5000 : 90]);
                transaction.Commit();
            }
            store.Checkpoint();
        }
        using BTreeStore reopened = BTreeStore.Open(disk.Root, 1024, 8 << 20);
        long leaves = keys * 100 / 1024;
        long reads = disk.Reads;
        using (BTreeWriteTransaction transaction = reopened.BeginWrite())
        {
            Assert.Equal(keys - 200, transaction.DeleteRange(Key(100), Key(keys - 100)));
            transaction.Commit();
        }
        Assert.True(disk.Reads - reads < leaves / 10, $"{disk.Reads - reads} reads for {leaves} leaves");
        reopened.Checkpoint();
        Assert.Equal(200, reopened.Count);
        CheckReport report = new StoreCheck(reopened.Trees).Run();
        Assert.Empty(report.Defects);
        Assert.True(report.PagesReachable < 60, $"{report.PagesReachable} pages for 200 keys");

        static byte[] Key(int i) => [(byte)(i >> 8), (byte)i, 1, 2];
    }
}
