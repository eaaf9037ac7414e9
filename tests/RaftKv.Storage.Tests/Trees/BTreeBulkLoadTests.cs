using RaftKv.Raft;
using RaftKv.Storage.Mvcc;
using RaftKv.Storage.Trees;
using RaftKv.Testing.Disk;

namespace RaftKv.Storage.Tests.Trees;

/// <summary>A tree built from an ascending stream is whole, full, and not there before it is complete.</summary>
public class BTreeBulkLoadTests
{
    private const int PageBytes = 1024;

    [Fact]
    public void A_loaded_tree_holds_what_was_loaded_and_takes_changes()
    {
        for (ulong seed = 1; seed <= 6; seed++)
        {
            var random = new SplittableRandom(seed);
            var disk = new SimulatedDisk(random.Fork("disk"));
            SortedDictionary<byte[], byte[]> model = Entries(random, random.Next(1500));
            var scenario = new BTreeScenario(random);
            scenario.Restore(model);
            using BTreeStore store = BTreeStore.Open(disk.Root, PageBytes, 1 << 20);
            Load(store, model);
            Assert.Empty(new StoreCheck(store.Trees).Run().Defects);
            Assert.True(BTreeCrashImageTests.Holds(store, model));
            using (BTreeWriteTransaction transaction = store.BeginWrite())
            {
                for (int i = 0; i < 200; i++)
                    scenario.Change(transaction, deletes: i % 2 == 0);
                transaction.Commit();
            }
            store.Checkpoint();
            Assert.Empty(new StoreCheck(store.Trees).Run().Defects);
            Assert.True(BTreeCrashImageTests.Holds(store, scenario.Model));
        }
    }

    [Fact]
    public void Loaded_pages_are_full_and_written_in_sequence()
    {
        const int keys = 20_000;
        var disk = new SimulatedDisk(new SplittableRandom(1));
        using BTreeStore store = BTreeStore.Open(disk.Root, 4096, 1 << 20);
        long writes = disk.Writes;
        using (BTreeBulkLoad load = store.BeginBulkLoad())
        {
            for (int i = 0; i < keys; i++)
                load.Add([(byte)(i >> 16), (byte)(i >> 8), (byte)i, 0, 0, 0, 0, 0], new byte[100]);
            load.Complete();
        }
        Assert.True(store.FileBytes < keys * 108 * 112L / 100, $"{store.FileBytes} bytes for {keys * 108}");
        Assert.True(disk.Writes - writes < 10, $"{disk.Writes - writes} writes");
    }

    [Fact]
    public void A_key_out_of_order_is_refused_with_its_position_and_the_load_goes_on()
    {
        using BTreeStore store = BTreeStore.Open(new SimulatedDisk(new SplittableRandom(1)).Root);
        using (BTreeBulkLoad load = store.BeginBulkLoad())
        {
            load.Add([1], [1]);
            load.Add([2], [2]);
            Assert.Equal(2, Assert.Throws<KeyOrderException>(() => load.Add([2], [3])).Position);
            Assert.Equal(2, Assert.Throws<KeyOrderException>(() => load.Add([1, 5], [3])).Position);
            load.Add([3], [3]);
            Assert.Equal(0, store.Count);
            load.Complete();
        }
        Assert.Equal(3, store.Count);
        Assert.Throws<InvalidOperationException>(store.BeginBulkLoad);
        using BTreeWriteTransaction next = store.BeginWrite();
    }

    [Fact]
    public void A_load_that_ends_early_leaves_nothing_and_its_pages_are_free()
    {
        var disk = new SimulatedDisk(new SplittableRandom(1));
        using BTreeStore store = BTreeStore.Open(disk.Root, PageBytes, 1 << 20);
        using (BTreeBulkLoad load = store.BeginBulkLoad())
        {
            foreach ((byte[] key, byte[] value) in Entries(new SplittableRandom(2), 400))
                load.Add(key, value);
        }
        Assert.Equal(0, store.Count);
        Assert.Empty(new StoreCheck(store.Trees).Run().Defects);
    }

    [Fact]
    public void Every_crash_state_of_a_load_is_the_empty_store_or_all_of_it()
    {
        var random = new SplittableRandom(3);
        var disk = new SimulatedDisk(random.Fork("disk"));
        SortedDictionary<byte[], byte[]> model = Entries(random, 500);
        var explorer = new CrashExplorer(disk, random.Fork("crashes"), 16);
        using BTreeStore store = BTreeStore.Open(disk.Root, PageBytes, 1 << 20);
        bool isComplete = false;
        explorer.Watch(Verify);
        Load(store, model);
        isComplete = true;
        explorer.Explore(Verify);
        Assert.True(explorer.States > 50, $"only {explorer.States} states");

        void Verify(SimulatedDisk state)
        {
            using BTreeStore after = BTreeStore.Open(state.Root, PageBytes, 1 << 20);
            Assert.Empty(new StoreCheck(after.Trees).Run().Defects);
            Assert.True(BTreeCrashImageTests.Holds(after, model) || (!isComplete && after.Count == 0));
        }
    }

    private static void Load(BTreeStore store, SortedDictionary<byte[], byte[]> model)
    {
        using BTreeBulkLoad load = store.BeginBulkLoad();
        foreach ((byte[] key, byte[] value) in model)
            load.Add(key, value);
        load.Complete();
    }

    private static SortedDictionary<byte[], byte[]> Entries(SplittableRandom random, int count)
    {
        var scenario = new BTreeScenario(random);
        var entries = new SortedDictionary<byte[], byte[]>(BTreeScenario.ByBytes);
        for (int i = 0; i < count; i++)
            entries[scenario.Key()] = new byte[random.Chance(0.05) ? random.Next(4000) : random.Next(100)];
        return entries;
    }
}
