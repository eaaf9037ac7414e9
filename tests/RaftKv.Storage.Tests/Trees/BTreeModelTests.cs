using RaftKv.Raft;
using RaftKv.Storage.Mvcc;
using RaftKv.Storage.Trees;
using RaftKv.Testing.Disk;

namespace RaftKv.Storage.Tests.Trees;

/// <summary>The plain tree against a sorted dictionary: puts, deletes, cursors both ways, reopening.</summary>
public class BTreeModelTests
{
    [Fact]
    public void The_tree_holds_what_a_sorted_dictionary_holds()
    {
        for (ulong seed = 1; seed <= 12; seed++)
        {
            try
            {
                Run(seed);
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"seed {seed}", exception);
            }
        }
    }

    [Fact]
    public void Ascending_puts_leave_full_pages()
    {
        var disk = new SimulatedDisk(new SplittableRandom(1));
        using BTreeStore store = BTreeStore.Open(disk.Root, 4096, 16 << 20);
        using (BTreeWriteTransaction transaction = store.BeginWrite())
        {
            for (int i = 0; i < 20_000; i++)
                transaction.Put([(byte)(i >> 16), (byte)(i >> 8), (byte)i, 0, 0, 0, 0, 0], new byte[100]);
            transaction.Commit();
        }
        store.Checkpoint();
        Assert.True(store.FileBytes < 20_000 * 108 * 13 / 10, $"{store.FileBytes} bytes for {20_000 * 108}");
    }

    [Fact]
    public void Puts_in_random_order_leave_pages_that_take_less_than_a_third_more_than_the_bytes_put()
    {
        const int keys = 20_000;
        var random = new SplittableRandom(1);
        using BTreeStore store = BTreeStore.Open(new SimulatedDisk(random.Fork("disk")).Root, 4096, 32 << 20);
        using (BTreeWriteTransaction transaction = store.BeginWrite())
        {
            var key = new byte[16];
            for (int i = 0; i < keys; i++)
            {
                random.NextBytes(key);
                transaction.Put(key, new byte[256]);
            }
            transaction.Commit();
        }
        store.Checkpoint();
        long used = (store.Trees.FreeList.PageCount - store.Trees.FreeList.FreeCount) * 4096L;
        Assert.True(used < keys * (16 + 256) * 13L / 10, $"{used} bytes for {keys * (16 + 256)}");
    }

    private static void Run(ulong seed)
    {
        var random = new SplittableRandom(seed);
        var disk = new SimulatedDisk(random.Fork("disk"));
        var scenario = new BTreeScenario(random);
        int pageSizeBytes = 1024 << random.Next(3);
        BTreeStore store = BTreeStore.Open(disk.Root, pageSizeBytes, 1 << 20);
        for (int round = 0; round < 40; round++)
        {
            using (BTreeWriteTransaction transaction = store.BeginWrite())
            {
                for (int i = 0; i < 60; i++)
                    scenario.Change(transaction, deletes: round % 10 > 6);
                transaction.Commit();
            }
            if (random.Chance(0.3))
                store.ShrinkStep(10);
            if (random.Chance(0.3))
                store.Checkpoint();
            Compare(store, scenario);
            if (round % 4 == 0)
                Assert.Empty(new StoreCheck(store.Trees).Run().Defects);
            if (!random.Chance(0.1))
                continue;
            store.Checkpoint();
            store.Dispose();
            store = BTreeStore.Open(disk.Root, pageSizeBytes, 1 << 20);
        }
        store.Dispose();
    }

    private static void Compare(BTreeStore store, BTreeScenario scenario)
    {
        SortedDictionary<byte[], byte[]> model = scenario.Model;
        Assert.Equal(model.Count, store.Count);
        using BTreeReadTransaction view = store.BeginRead();
        BTreeCursor cursor = view.Cursor();
        bool found = cursor.SeekFirst();
        foreach ((byte[] key, byte[] value) in model)
        {
            Assert.True(found && cursor.Key.SequenceEqual(key) && cursor.Value.SequenceEqual(value));
            found = cursor.MoveNext();
        }
        Assert.False(found);
        found = cursor.SeekLast();
        foreach (byte[] key in model.Keys.Reverse())
        {
            Assert.True(found && cursor.Key.SequenceEqual(key));
            found = cursor.MovePrevious();
        }
        Assert.False(found);
        byte[] probe = scenario.Key();
        byte[]? above = model.Keys.FirstOrDefault(key => BTreeScenario.ByBytes.Compare(key, probe) >= 0);
        Assert.Equal(above, cursor.SeekAtLeast(probe) ? cursor.Key.ToArray() : null);
        byte[]? below = model.Keys.LastOrDefault(key => BTreeScenario.ByBytes.Compare(key, probe) <= 0);
        Assert.Equal(below, cursor.SeekAtMost(probe) ? cursor.Key.ToArray() : null);
        Assert.Equal(model.ContainsKey(probe), view.TryGet(probe, new byte[9000], out _));
    }
}
