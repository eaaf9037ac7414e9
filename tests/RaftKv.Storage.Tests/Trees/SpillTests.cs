using RaftKv.Raft;
using RaftKv.Storage.Mvcc;
using RaftKv.Storage.Trees;
using RaftKv.Testing.Disk;

namespace RaftKv.Storage.Tests.Trees;

/// <summary>Transactions larger than the cache: their pages go to the file before any checkpoint, and come back.</summary>
public class SpillTests
{
    private const int PageBytes = 1024;
    private const int StatesMax = 4;
    private const int OperationsPerMoment = 40;
    private const int TinyCacheBytes = 1;    // the least there is: 256 pages

    [Fact]
    public void A_transaction_many_times_the_cache_stays_within_it()
    {
        const long cacheBytes = 4 << 20;
        const long slackBytes = 3 << 20;     // a slab begun, and the table of pages
        var random = new SplittableRandom(1);
        using BTreeStore store = BTreeStore.Open(new SimulatedDisk(random.Fork("disk")).Root, 4096, cacheBytes);
        using (BTreeWriteTransaction transaction = store.BeginWrite())
        {
            var key = new byte[8];
            for (int i = 0; i < 40_000; i++)
            {
                random.NextBytes(key);
                transaction.Put(key, new byte[300]);
            }
            Assert.True(store.Trees.Cache.AllocatedBytes <= cacheBytes + slackBytes, $"{store.Trees.Cache.AllocatedBytes} bytes");
            transaction.Commit();
        }
        store.Checkpoint();
        Assert.True(store.Trees.Cache.AllocatedBytes <= cacheBytes + slackBytes, $"{store.Trees.Cache.AllocatedBytes} bytes");
        Assert.Empty(new StoreCheck(store.Trees).Run().Defects);
        Assert.Equal(40_000, store.Count);
    }

    [Fact]
    public void With_the_smallest_cache_large_transactions_hold_what_a_sorted_dictionary_holds()
    {
        for (ulong seed = 1; seed <= 4; seed++)
        {
            var random = new SplittableRandom(seed);
            var disk = new SimulatedDisk(random.Fork("disk"));
            var scenario = new BTreeScenario(random);
            BTreeStore store = BTreeStore.Open(disk.Root, PageBytes, TinyCacheBytes);
            for (int round = 0; round < 6; round++)
            {
                bool drops = round == 3;
                SortedDictionary<byte[], byte[]> before = scenario.Copy();
                long writes = disk.Writes;
                using (BTreeWriteTransaction transaction = store.BeginWrite())
                {
                    Fill(transaction, scenario, round, random);
                    for (int i = 0; i < 100; i++)
                        scenario.Change(transaction, deletes: i % 2 == 0);
                    if (!drops)
                        transaction.Commit();
                }
                Assert.True(disk.Writes > writes);
                if (drops)
                    scenario.Restore(before);
                Assert.True(BTreeCrashImageTests.Holds(store, scenario.Model), $"seed {seed}, round {round}");
                Assert.Empty(new StoreCheck(store.Trees).Run().Defects);
                if (round % 2 == 0)
                    continue;
                store.Checkpoint();
                store.Dispose();
                store = BTreeStore.Open(disk.Root, PageBytes, TinyCacheBytes);
                Assert.True(BTreeCrashImageTests.Holds(store, scenario.Model), $"seed {seed}, round {round}");
            }
            store.Dispose();
        }
    }

    [Fact]
    public void Crash_states_of_a_run_that_spills_are_the_last_checkpoint_or_the_one_under_way()
    {
        var random = new SplittableRandom(5);
        var disk = new SimulatedDisk(random.Fork("disk"));
        var scenario = new BTreeScenario(random);
        var explorer = new CrashExplorer(disk, random.Fork("crashes"), StatesMax);
        SortedDictionary<byte[], byte[]> durable = scenario.Copy();
        SortedDictionary<byte[], byte[]> underWay = durable;
        using (BTreeStore store = BTreeStore.Open(disk.Root, PageBytes, TinyCacheBytes))
        {
            disk.Faults = operation =>
            {
                if (operation.Kind != DiskOperationKind.Read && operation.Number % OperationsPerMoment == 0)
                    explorer.Explore(Verify);
                return DiskFault.None;
            };
            for (int round = 0; round < 2; round++)
            {
                using (BTreeWriteTransaction transaction = store.BeginWrite())
                {
                    Fill(transaction, scenario, round, random);
                    transaction.Commit();
                }
                underWay = scenario.Copy();
                store.Checkpoint();
                durable = underWay;
            }
        }
        Assert.True(explorer.States > 30, $"only {explorer.States} states");

        void Verify(SimulatedDisk state)
        {
            using BTreeStore store = BTreeStore.Open(state.Root, PageBytes, TinyCacheBytes);
            Assert.Empty(new StoreCheck(store.Trees).Run().Defects);
            Assert.True(BTreeCrashImageTests.Holds(store, durable) || BTreeCrashImageTests.Holds(store, underWay));
        }
    }

    private static void Fill(BTreeWriteTransaction transaction, BTreeScenario scenario, int round, SplittableRandom random)
    {
        for (int i = 0; i < 2000; i++)
        {
            byte[] key = [(byte)random.Next(256), (byte)random.Next(256), (byte)round];
            byte[] value = [.. new byte[100], (byte)i];
            transaction.Put(key, value);
            scenario.Model[key] = value;
        }
    }
}
