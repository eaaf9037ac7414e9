using System.Buffers.Binary;
using RaftKv.Raft;
using RaftKv.Storage.Mvcc;
using RaftKv.Storage.Pages;
using RaftKv.Storage.Trees;
using RaftKv.Testing.Disk;

namespace RaftKv.Storage.Tests.Trees;

/// <summary>
/// Native memory stays within the budget, by the cache's own account and with what it knows of pages counted in, whatever the store's size,
/// the batches', or how long a view or a cursor stands.
/// </summary>
public class MemoryBudgetTests
{
    private const long BudgetBytes = 2 << 20;
    private const int Keys = 40_000;           // with their values some six times the budget
    private const int ValueBytes = 250;
    private const int Rounds = 120;
    private const int ChangesPerRound = 150;
    private const int Accesses = 100;

    [Fact]
    public void Under_random_load_on_a_store_several_times_the_budget_memory_stays_within_it()
    {
        var random = new SplittableRandom(1);
        using BTreeStore store = Load(random);
        for (int round = 0; round < Rounds; round++)
        {
            Change(store, random);
            Read(store, random, 200);
            if (store.Trees.Cache.Dirty.Bytes > BudgetBytes / 2)
                store.Checkpoint();
            AssertWithin(store);
        }
        Assert.True(store.FileBytes > 5 * BudgetBytes, $"{store.FileBytes} bytes");
        Assert.Empty(new StoreCheck(store.Trees).Run().Defects);
        AssertWithin(store);
    }

    [Fact]
    public void The_versioned_store_stays_within_its_budget_while_it_is_swept_shrunk_hashed_and_checked()
    {
        var random = new SplittableRandom(2);
        var options = new MvccOptions { CacheBytes = BudgetBytes };
        using MvccStore store = MvccStore.Open(new SimulatedDisk(random.Fork("disk")).Root, options);
        for (int round = 0; round < Rounds; round++)
        {
            using (MvccWriteTransaction batch = store.BeginWrite())
            {
                for (int i = 0; i < ChangesPerRound; i++)
                {
                    batch.BeginCommand();
                    batch.Put(Key(random.Next(Keys / 4)), Value(random.Next(1000)));
                    Assert.True(store.MemoryBytes <= BudgetBytes, $"{store.MemoryBytes} bytes");
                }
                if (round % 20 == 19)
                    batch.Compact(batch.Revision - 500);
                batch.Commit(new StorePosition(1, round + 1));
            }
            while (store.TidyDue && store.Tidy())
                Assert.True(store.MemoryBytes <= BudgetBytes, $"{store.MemoryBytes} bytes");
            if (store.CheckpointDue)
                store.Checkpoint();
        }
        using (MvccReadTransaction view = store.BeginRead())
        {
            Assert.Equal(RevisionStatus.Ok, view.TryHash(0, out _));
            Assert.Equal(RevisionStatus.Ok, view.Range(new RangeQuery { Key = new byte[1], RangeEnd = new byte[1] }).Status);
            Assert.True(store.MemoryBytes <= BudgetBytes, $"{store.MemoryBytes} bytes");
        }
        Assert.Empty(store.Check().Defects);
        Assert.True(store.MemoryBytes <= BudgetBytes, $"{store.MemoryBytes} bytes");
    }

    [Fact]
    public void A_cursor_that_stands_idle_keeps_its_page_and_no_other()
    {
        var random = new SplittableRandom(3);
        using BTreeStore store = Load(random);
        using BTreeReadTransaction view = store.BeginRead();
        BTreeCursor first = view.Cursor();
        BTreeCursor second = view.Cursor();
        Assert.True(first.SeekAtLeast(Key(1000)));
        Assert.True(second.SeekAtLeast(Key(30_000)));
        ReadOnlySpan<byte> standing = second.Value;
        byte[] before = standing.ToArray();
        for (int round = 0; round < 20; round++)
        {
            Read(store, random, 1000);
            Change(store, random);
            store.Checkpoint();
            AssertWithin(store);
            Assert.True(standing.SequenceEqual(before));
        }
        // Its page may be gone; then it is found again.
        Assert.True(first.Key.SequenceEqual(Key(1000)));
        Assert.True(second.Value.SequenceEqual(before));
        Assert.True(view.TryGet(Key(5), new byte[ValueBytes], out _));
        Assert.True(first.Key.SequenceEqual(Key(1000)));
        Assert.True(first.MoveNext());
        Assert.True(first.Key.SequenceEqual(Key(1001)));
    }

    [Fact]
    public void Views_kept_open_over_many_checkpoints_read_what_was_there_and_keep_no_memory()
    {
        for (ulong seed = 1; seed <= 3; seed++)
        {
            var random = new SplittableRandom(seed);
            var scenario = new BTreeScenario(random);
            using BTreeStore store = BTreeStore.Open(new SimulatedDisk(random.Fork("disk")).Root, 1024, 1);
            long budget = 256 * 1024;    // the least there is
            List<(BTreeReadTransaction View, SortedDictionary<byte[], byte[]> Model)> views = [];
            for (int round = 0; round < 80; round++)
            {
                using (BTreeWriteTransaction transaction = store.BeginWrite())
                {
                    for (int i = 0; i < 80; i++)
                        scenario.Change(transaction, deletes: round % 20 > 17);
                    transaction.Commit();
                }
                if (random.Chance(0.4))
                    store.Checkpoint();
                if (random.Chance(0.3))
                    store.ShrinkStep(10);
                if (views.Count < 4 && random.Chance(0.2))
                    views.Add((store.BeginRead(), scenario.Copy()));
                int checkedOne = random.Next(8);
                if (checkedOne < views.Count)
                {
                    Assert.True(Holds(views[checkedOne].View, views[checkedOne].Model), $"seed {seed}, round {round}");
                    if (random.Chance(0.3))
                    {
                        views[checkedOne].View.Dispose();
                        views.RemoveAt(checkedOne);
                    }
                }
                Assert.True(store.Trees.Cache.AllocatedBytes <= budget, $"{store.Trees.Cache.AllocatedBytes} bytes, seed {seed}, round {round}");
                Assert.True(BTreeCrashImageTests.Holds(store, scenario.Model), $"seed {seed}, round {round}");
            }
            views.ForEach(view => view.View.Dispose());
            Assert.Empty(new StoreCheck(store.Trees).Run().Defects);
        }
    }

    [Fact]
    public void An_access_that_asks_for_more_than_there_is_fails_and_the_next_goes_on()
    {
        var random = new SplittableRandom(4);
        using BTreeStore store = Load(random);
        PageReader reader = store.Trees.BeginRead(out _);
        reader.Pin();
        Assert.Throws<StorageBusyException>(() => ReadPages(store, reader, (int)(2 * BudgetBytes / store.Trees.PageSizeBytes)));
        AssertWithin(store);
        Read(store, random, 500);
        Change(store, random);
        store.Checkpoint();
        AssertWithin(store);
        store.Trees.EndRead(reader);
    }

    [Fact]
    public void Who_finds_all_memory_in_the_hand_of_an_older_access_waits_until_it_ends()
    {
        var random = new SplittableRandom(5);
        using BTreeStore store = Load(random);
        PageReader older = store.Trees.BeginRead(out _);
        older.Pin();
        ReadPages(store, older, 10);
        int accesses = 0;
        Exception? failure = null;
        var younger = new Thread(() => failure = Record.Exception(() =>
        {
            PageReader reader = store.Trees.BeginRead(out _);
            for (; accesses < Accesses; Volatile.Write(ref accesses, accesses + 1))
            {
                reader.Pin();
                ReadPages(store, reader, 20, from: 20 * (accesses + 1));
                reader.Unpin();
            }
            store.Trees.EndRead(reader);
        }));
        younger.Start();
        // It goes as far as there is memory, and then stands still as long as this access does.
        Assert.True(SpinWait.SpinUntil(() => younger.ThreadState.HasFlag(ThreadState.WaitSleepJoin), TimeSpan.FromMinutes(2)));
        AssertWithin(store);
        Assert.InRange(Volatile.Read(ref accesses), 0, Accesses / 2);
        older.Unpin();
        Assert.True(younger.Join(TimeSpan.FromMinutes(2)));
        Assert.Null(failure);
        Assert.Equal(Accesses, accesses);
        AssertWithin(store);
        store.Trees.EndRead(older);
    }

    // Leaves of the tree, one after another, within the reader's access.
    private static void ReadPages(BTreeStore store, PageReader reader, int count, int from = 0)
    {
        TreeState state = store.Trees.Current;
        NodePage branch = reader.Get(state.Trees[BTreeStore.Tree].Root);
        int left = count;
        for (int i = 0, seen = 0; i < branch.Count && left > 0; i++)
        {
            NodePage lower = reader.Get(branch.Child(i));
            Assert.Equal(1, lower.Level);
            for (int j = 0; j < lower.Count && left > 0; j++)
            {
                if (seen++ < from)
                    continue;
                reader.Get(lower.Child(j));
                left--;
            }
        }
        Assert.Equal(0, left);
    }

    private static BTreeStore Load(SplittableRandom random)
    {
        BTreeStore store = BTreeStore.Open(new SimulatedDisk(random.Fork("disk")).Root, 4096, BudgetBytes);
        using (BTreeWriteTransaction transaction = store.BeginWrite())
        {
            for (int key = 0; key < Keys; key++)
                transaction.Put(Key(key), Value(key));
            AssertWithin(store);
            transaction.Commit();
        }
        store.Checkpoint();
        AssertWithin(store);
        return store;
    }

    private static void Change(BTreeStore store, SplittableRandom random)
    {
        using BTreeWriteTransaction transaction = store.BeginWrite();
        for (int i = 0; i < ChangesPerRound; i++)
        {
            transaction.Put(Key(random.Next(Keys)), Value(random.Next(1000)));
            AssertWithin(store);
        }
        transaction.Commit();
    }

    private static void Read(BTreeStore store, SplittableRandom random, int count)
    {
        using BTreeReadTransaction view = store.BeginRead();
        for (int i = 0; i < count; i++)
        {
            Assert.True(view.TryGet(Key(random.Next(Keys)), new byte[ValueBytes], out _));
            AssertWithin(store);
        }
    }

    private static bool Holds(BTreeReadTransaction view, SortedDictionary<byte[], byte[]> model)
    {
        BTreeCursor cursor = view.Cursor();
        bool found = cursor.SeekFirst();
        foreach ((byte[] key, byte[] value) in model)
        {
            if (!found || !cursor.Key.SequenceEqual(key) || !cursor.Value.SequenceEqual(value))
                return false;
            found = cursor.MoveNext();
        }
        return !found;
    }

    private static void AssertWithin(BTreeStore store)
        => Assert.True(store.Trees.Cache.AllocatedBytes <= BudgetBytes, $"{store.Trees.Cache.AllocatedBytes} bytes");

    private static byte[] Key(int number)
    {
        var key = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(key, number);
        return key;
    }

    private static byte[] Value(int number)
    {
        var value = new byte[ValueBytes];
        BinaryPrimitives.WriteInt32LittleEndian(value, number);
        return value;
    }
}
