using RaftKv.Raft;
using RaftKv.Storage.Mvcc;
using RaftKv.Storage.Trees;
using RaftKv.Testing.Disk;

namespace RaftKv.Storage.Tests.Trees;

/// <summary>The plain tree against a sorted dictionary: puts, deletes, cursors both ways, reopening.</summary>
public class BTreeModelTests
{
    private static readonly Comparer<byte[]> ByBytes = Comparer<byte[]>.Create((left, right) => left.AsSpan().SequenceCompareTo(right));

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
        var model = new SortedDictionary<byte[], byte[]>(ByBytes);
        int pageSizeBytes = 1024 << random.Next(3);
        BTreeStore store = BTreeStore.Open(disk.Root, pageSizeBytes, 1 << 20);
        for (int round = 0; round < 40; round++)
        {
            using (BTreeWriteTransaction transaction = store.BeginWrite())
            {
                for (int i = 0; i < 60; i++)
                    Change(transaction, model, random, deletes: round % 10 > 6);
                transaction.Commit();
            }
            if (random.Chance(0.3))
                store.ShrinkStep(10);
            if (random.Chance(0.3))
                store.Checkpoint();
            Compare(store, model, random);
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

    private static void Change(BTreeWriteTransaction transaction, SortedDictionary<byte[], byte[]> model, SplittableRandom random,
        bool deletes)
    {
        byte[] key = Key(random);
        if (random.Chance(deletes ? 0.9 : 0.2))
        {
            byte[] victim = model.Keys.FirstOrDefault(other => ByBytes.Compare(other, key) >= 0) ?? key;
            Assert.Equal(model.Remove(victim), transaction.Delete(victim));
            return;
        }
        var value = new byte[random.Chance(0.05) ? random.Next(9000) : random.Next(120)];
        random.NextBytes(value);
        Assert.Equal(!model.ContainsKey(key), transaction.Put(key, value));
        model[key] = value;
    }

    // One in eight is long; of those most begin with the same bytes, many with the same thousands.
    private static byte[] Key(SplittableRandom random)
    {
        bool isLong = random.Chance(0.125);
        int length = !isLong ? 1 + random.Next(12) : 1 + random.Next(random.Chance(0.05) ? BTreeStore.KeyBytesMax : 2500);
        var key = new byte[length];
        for (int i = 0; i < length; i++)
            key[i] = (byte)(i % 3);
        int changed = isLong && random.Chance(0.8) ? Math.Max(0, length - 3) : 0;
        for (int i = changed; i < length; i++)
            key[i] = random.Chance(isLong && changed == 0 ? 0.999 : 0.8) ? key[i] : (byte)random.Next(256);
        return key;
    }

    private static void Compare(BTreeStore store, SortedDictionary<byte[], byte[]> model, SplittableRandom random)
    {
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
        byte[] probe = Key(random);
        byte[]? above = model.Keys.FirstOrDefault(key => ByBytes.Compare(key, probe) >= 0);
        Assert.Equal(above, cursor.SeekAtLeast(probe) ? cursor.Key.ToArray() : null);
        byte[]? below = model.Keys.LastOrDefault(key => ByBytes.Compare(key, probe) <= 0);
        Assert.Equal(below, cursor.SeekAtMost(probe) ? cursor.Key.ToArray() : null);
        Assert.Equal(model.ContainsKey(probe), view.TryGet(probe, new byte[9000], out _));
    }
}
