using RaftKv.Raft;
using RaftKv.Storage.Mvcc;
using RaftKv.Storage.Tests.Mvcc;
using RaftKv.Storage.Trees;
using RaftKv.Testing.Disk;

namespace RaftKv.Storage.Tests.Trees;

/// <summary>
/// Every state a crash may leave of the plain tree, at every moment of a run, is the last completed checkpoint or the one under way: with
/// long keys, large values, deleted ranges and shrinking.
/// </summary>
/// <remarks>RAFTKV_ROUNDS multiplies the number of seeds; default 1.</remarks>
public class BTreeCrashImageTests(ITestOutputHelper output)
{
    private const int PageBytes = 1024;
    private const int StatesMax = 16;
    private const int Rounds = 12;

    [Fact]
    public void Every_crash_state_of_a_run_is_the_last_checkpoint_or_the_one_under_way()
    {
        long states = 0;
        for (ulong seed = 1; seed <= 2UL * (ulong)MvccModelTests.Rounds; seed++)
            states += Explore(seed);
        output.WriteLine($"{states} states");
        Assert.True(states > 1000, $"only {states} states");
    }

    private static long Explore(ulong seed)
    {
        var random = new SplittableRandom(seed);
        var disk = new SimulatedDisk(random.Fork("disk"));
        var scenario = new BTreeScenario(random);
        var explorer = new CrashExplorer(disk, random.Fork("crashes"), StatesMax);
        SortedDictionary<byte[], byte[]> durable = scenario.Copy();
        SortedDictionary<byte[], byte[]> underWay = durable;
        explorer.Watch(Verify);
        using (BTreeStore store = BTreeStore.Open(disk.Root, PageBytes, 1 << 20))
        {
            for (int round = 0; round < Rounds; round++)
            {
                using (BTreeWriteTransaction transaction = store.BeginWrite())
                {
                    for (int i = 0; i < 30; i++)
                        scenario.Change(transaction, deletes: round % 5 == 4);
                    transaction.Commit();
                }
                if (round % 3 == 2)
                    store.ShrinkStep(10);
                underWay = scenario.Copy();
                store.Checkpoint();
                durable = underWay;
            }
        }
        explorer.Explore(Verify);
        return explorer.States;

        void Verify(SimulatedDisk state)
        {
            using BTreeStore store = BTreeStore.Open(state.Root, PageBytes, 1 << 20);
            Assert.Empty(new StoreCheck(store.Trees).Run().Defects);
            Assert.True(Holds(store, durable) || Holds(store, underWay), $"seed {seed}, operation {disk.Operations}");
        }
    }

    internal static bool Holds(BTreeStore store, SortedDictionary<byte[], byte[]> model)
    {
        using BTreeReadTransaction view = store.BeginRead();
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
}
