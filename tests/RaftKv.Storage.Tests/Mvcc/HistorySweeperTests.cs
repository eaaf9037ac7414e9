using RaftKv.Raft;
using RaftKv.Storage.Mvcc;
using RaftKv.Testing.Disk;

namespace RaftKv.Storage.Tests.Mvcc;

/// <summary>How far a store has got in removing what is compacted shows in no answer.</summary>
public class HistorySweeperTests
{
    private static readonly MvccOptions Options = new() { PageSizeBytes = 1024, CacheBytes = 1 << 20 };
    private static readonly byte[] Key = [1];

    [Fact]
    public void All_changes_of_the_compacted_revision_stay_readable_also_those_replaced_inside_it()
    {
        using MvccStore store = MvccStore.Open(new SimulatedDisk(new SplittableRandom(1)).Root, Options);
        Commit(store, batch => batch.Put(Key, [0]));
        Commit(store, batch =>
        {
            batch.Put(Key, [1]);
            batch.DeleteRange(Key);
            batch.Put(Key, [2]);
        });
        Commit(store, batch => batch.Compact(3));
        List<string> before = Changes(store, 3);
        while (store.CompactStep())
        {
        }
        Assert.Equal(["Put 0 01", "Delete 1 ", "Put 2 02"], before);
        Assert.Equal(before, Changes(store, 3));
        Commit(store, batch => batch.Put([2], [3]));
        Commit(store, batch => batch.Compact(4));
        while (store.CompactStep())
        {
        }
        Assert.Equal(2, store.Trees.Current.Trees[MvccTree.Revisions].Count);
        Assert.Equal(0, store.Trees.Current.Trees[MvccTree.History].Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void A_slice_that_ends_inside_the_compacted_revision_leaks_nothing_when_another_compaction_follows(int changesMax)
    {
        using MvccStore store = MvccStore.Open(new SimulatedDisk(new SplittableRandom(1)).Root, Options);
        Commit(store, batch =>
        {
            batch.Put(Key, [1]);
            batch.DeleteRange(Key);
            batch.Put(Key, [2]);
            batch.DeleteRange(Key);
        });
        Commit(store, batch => batch.Compact(2));
        store.CompactStep(changesMax);
        Commit(store, batch => batch.Put([2], [3]));
        Commit(store, batch => batch.Compact(3));
        while (store.CompactStep(changesMax))
        {
        }
        Assert.Equal(1, store.Trees.Current.Trees[MvccTree.Revisions].Count);
        Assert.Equal(0, store.Trees.Current.Trees[MvccTree.History].Count);
    }

    [Fact]
    public void A_key_put_over_and_over_is_swept_in_slices_smaller_than_its_history()
    {
        using MvccStore store = MvccStore.Open(new SimulatedDisk(new SplittableRandom(1)).Root, Options);
        for (int i = 0; i < 200; i++)
            Commit(store, batch => batch.Put(Key, [(byte)i]));
        Commit(store, batch => batch.Compact(150));
        int slices = 1;
        while (store.CompactStep(10))
            slices++;
        Assert.InRange(slices, 15, 20);
        Assert.Equal(52, store.Trees.Current.Trees[MvccTree.Revisions].Count);
        Assert.Equal(51, store.Trees.Current.Trees[MvccTree.History].Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    public void A_deletion_goes_last_so_that_no_slice_brings_back_what_it_deleted(int changesMax)
    {
        using MvccStore store = MvccStore.Open(new SimulatedDisk(new SplittableRandom(1)).Root, Options);
        for (byte i = 0; i < 20; i++)
            Commit(store, batch => batch.Put(Key, [i]));
        Commit(store, batch => batch.DeleteRange(Key));
        Commit(store, batch => batch.Put([2], [3]));
        Commit(store, batch => batch.Put([2], [4]));
        Commit(store, batch => batch.Compact(23));
        bool more = true;
        while (more)
        {
            more = store.CompactStep(changesMax);
            using MvccReadTransaction view = store.BeginRead();
            RangeResult all = view.Range(new RangeQuery { Key = new byte[1], RangeEnd = new byte[1], Revision = 23 });
            Assert.Equal("02", Assert.Single(all.Items.Select(item => Convert.ToHexString(item.Key.Span))));
        }
        Assert.Equal(2, store.Trees.Current.Trees[MvccTree.Revisions].Count);
        Assert.Equal(1, store.Trees.Current.Trees[MvccTree.History].Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(20)]
    public void A_compaction_during_the_sweep_of_another_leaves_nothing_behind(int changesMax)
    {
        using MvccStore store = MvccStore.Open(new SimulatedDisk(new SplittableRandom(1)).Root, Options);
        var random = new SplittableRandom((ulong)changesMax);
        for (int i = 0; i < 300; i++)
        {
            byte[] key = [(byte)random.Next(8)];
            Commit(store, batch => _ = random.Chance(0.2) ? batch.DeleteRange(key) : batch.Put(key, [(byte)i]));
            if (random.Chance(0.1))
                Commit(store, batch => batch.Compact(batch.CompactedRevision + random.Next((int)(batch.Revision - batch.CompactedRevision)) + 1));
            store.CompactStep(changesMax);
        }
        Commit(store, batch => batch.Put(Key, [1]));
        Commit(store, batch => batch.Compact(batch.Revision));
        while (store.CompactStep(changesMax))
        {
        }
        Assert.Equal(store.Trees.Current.Trees[MvccTree.Keys].Count, store.Trees.Current.Trees[MvccTree.Revisions].Count);
        Assert.Equal(0, store.Trees.Current.Trees[MvccTree.History].Count);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public void The_hash_of_a_store_without_keys_does_not_depend_on_what_is_swept(long compacted)
    {
        using MvccStore store = MvccStore.Open(new SimulatedDisk(new SplittableRandom(1)).Root, Options);
        for (byte value = 0; value < 3; value++)
            Commit(store, batch => batch.Put(Key, [value]));
        Commit(store, batch => batch.DeleteRange(Key));
        Commit(store, batch => batch.Compact(compacted));
        uint before = Hash(store);
        while (store.CompactStep())
        {
        }
        Assert.Equal(Hash(store), before);
    }

    private static void Commit(MvccStore store, Action<MvccWriteTransaction> change)
    {
        using MvccWriteTransaction batch = store.BeginWrite();
        change(batch);
        batch.Commit(default);
    }

    private static List<string> Changes(MvccStore store, long from)
    {
        using MvccReadTransaction view = store.BeginRead();
        return view.ReadChanges(new ChangeQuery { FromRevision = from }).Changes
            .Select(change => $"{change.Kind} {change.Order} {Convert.ToHexString(change.Current.Value.Span)}").ToList();
    }

    private static uint Hash(MvccStore store)
    {
        using MvccReadTransaction view = store.BeginRead();
        Assert.Equal(RevisionStatus.Ok, view.TryHash(0, out uint hash));
        return hash;
    }
}
