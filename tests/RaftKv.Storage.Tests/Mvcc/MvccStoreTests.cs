using RaftKv.Raft;
using RaftKv.Storage.Mvcc;
using RaftKv.Testing.Disk;

namespace RaftKv.Storage.Tests.Mvcc;

/// <summary>etcd's data model, rule by rule (etcd v3 API: KV service).</summary>
public class MvccStoreTests
{
    private readonly SimulatedDisk _disk = new(new SplittableRandom(1));

    [Fact]
    public void A_fresh_store_is_at_revision_1_and_the_first_change_makes_2()
    {
        using MvccStore store = Open();
        Assert.Equal(1, store.Revision);
        Put(store, 1, 1);
        Assert.Equal(2, store.Revision);
    }

    [Fact]
    public void A_command_that_changes_nothing_takes_no_revision()
    {
        using MvccStore store = Open();
        using MvccWriteTransaction batch = store.BeginWrite();
        Assert.Equal(0, batch.DeleteRange(new byte[] { 9 }));
        batch.BeginCommand();
        batch.Put([1], [1]);
        Assert.Equal(2, batch.Revision);
    }

    [Fact]
    public void A_key_put_after_its_deletion_begins_a_new_life()
    {
        using MvccStore store = Open();
        Put(store, 1, 1);
        Put(store, 1, 2);
        using (MvccWriteTransaction batch = store.BeginWrite())
        {
            batch.DeleteRange(new byte[] { 1 });
            batch.Commit(default);
        }
        Put(store, 1, 3);
        using MvccReadTransaction view = store.BeginRead();
        KeyValue found = view.Get([1])!;
        Assert.Equal((5, 5, 1), (found.CreateRevision, found.ModRevision, found.Version));
    }

    [Theory]
    [InlineData(0, 10)]
    [InlineData(10, 0)]
    public void A_batch_of_changes_has_one_revision_however_little_is_asked_for(long bytesMax, int changesMax)
    {
        using MvccStore store = Open();
        Put(store, 1, 1);
        Put(store, 1, 2);
        using MvccReadTransaction view = store.BeginRead();
        for (long revision = 2; revision <= 3; revision++)
        {
            ChangeBatch changes = view.ReadChanges(new ChangeQuery { FromRevision = revision, BytesMax = bytesMax, ChangesMax = changesMax });
            Assert.Equal(revision, Assert.Single(changes.Changes).Revision);
            Assert.Equal(revision + 1, changes.NextRevision);
        }
    }

    [Fact]
    public void Compaction_keeps_reads_at_its_revision_and_refuses_older_ones()
    {
        using MvccStore store = Open();
        for (byte value = 1; value <= 5; value++)
            Put(store, 1, value);
        using (MvccWriteTransaction batch = store.BeginWrite())
        {
            Assert.Equal(RevisionStatus.Future, batch.Compact(7));
            Assert.Equal(RevisionStatus.Ok, batch.Compact(4));
            Assert.Equal(RevisionStatus.Compacted, batch.Compact(4));
            batch.Commit(default);
        }
        while (store.CompactStep())
        {
        }
        using MvccReadTransaction view = store.BeginRead();
        Assert.Equal(RevisionStatus.Compacted, view.Range(new RangeQuery { Key = new byte[] { 1 }, Revision = 3 }).Status);
        Assert.Equal(3, view.Range(new RangeQuery { Key = new byte[] { 1 }, Revision = 4 }).Items[0].Value.Span[0]);
        Assert.Equal(RevisionStatus.Compacted, view.ReadChanges(new ChangeQuery { FromRevision = 3 }).Status);
        Assert.Equal(3, view.ReadChanges(new ChangeQuery { FromRevision = 4 }).Changes.Count);
        Assert.Equal(RevisionStatus.Future, view.Range(new RangeQuery { Key = new byte[] { 1 }, Revision = 7 }).Status);
    }

    [Fact]
    public void Filters_count_everything_and_sorting_orders_by_any_field()
    {
        using MvccStore store = Open();
        foreach (byte key in new byte[] { 3, 1, 2, 5, 4 })
            Put(store, key, (byte)(10 - key));
        using MvccReadTransaction view = store.BeginRead();
        RangeResult filtered = view.Range(All(order: RangeOrder.None, RangeTarget.Key, modMin: 3, limit: 1));
        Assert.Equal((1, 5L, true), (filtered.Items.Count, filtered.Count, filtered.More));
        Assert.Equal([3, 1, 2, 5, 4], Keys(view, RangeOrder.None, RangeTarget.ModRevision));
        Assert.Equal([4, 5, 2, 1, 3], Keys(view, RangeOrder.Descending, RangeTarget.CreateRevision));
        Assert.Equal([5, 4, 3, 2, 1], Keys(view, RangeOrder.Ascending, RangeTarget.Value));
        Assert.Equal([5, 4, 3, 2, 1], Keys(view, RangeOrder.Descending, RangeTarget.Key));
    }

    [Fact]
    public void A_key_at_the_limit_is_taken_and_one_over_it_is_refused_with_nothing_changed()
    {
        using MvccStore store = Open();
        var longest = new byte[MvccStore.KeyBytesMax];
        using MvccWriteTransaction batch = store.BeginWrite();
        batch.Put(longest, new byte[100_000]);
        Assert.Throws<ArgumentException>(() => batch.Put(new byte[MvccStore.KeyBytesMax + 1], [1]));
        Assert.Throws<ArgumentException>(() => batch.Put([], [1]));
        Assert.Equal(2, batch.Revision);
        Assert.Equal(100_000, batch.Get(longest)!.Value.Length);
        batch.Commit(default);
        store.Checkpoint();
        Assert.Empty(store.Check().Defects);
    }

    [Fact]
    public void A_blob_is_replaced_deleted_and_kept_over_reopening()
    {
        using (MvccStore store = Open())
        {
            using MvccWriteTransaction batch = store.BeginWrite();
            batch.PutBlob("a"u8, new byte[10_000]);
            batch.PutBlob("a"u8, [1]);
            batch.PutBlob("b"u8, new byte[5000]);
            batch.PutBlob("c"u8, [3]);
            batch.DeleteBlob("c"u8);
            batch.Commit(new StorePosition(2, 7));
            store.Checkpoint();
        }
        using MvccStore reopened = Open();
        using MvccReadTransaction view = reopened.BeginRead();
        Assert.Equal([1], view.GetBlob("a"u8));
        Assert.Equal(5000, view.GetBlob("b"u8)!.Length);
        Assert.Null(view.GetBlob("c"u8));
        Assert.Equal(new StorePosition(2, 7), reopened.Applied);
        Assert.Empty(reopened.Check().Defects);
    }

    [Fact]
    public void Revisions_that_are_skipped_are_never_used_and_what_was_before_them_can_be_compacted()
    {
        using MvccStore store = Open();
        for (byte value = 1; value <= 5; value++)
            Put(store, value, value);
        using (MvccWriteTransaction batch = store.BeginWrite())
        {
            batch.SkipRevisions(1000);
            Assert.Equal(1006, batch.Revision);
            Assert.Equal(RevisionStatus.Ok, batch.Compact(1006));
            Assert.Equal(1007, batch.Put([6], [6]));
            Assert.Throws<ArgumentOutOfRangeException>(() => batch.SkipRevisions(0));
            batch.Commit(default);
        }
        while (store.Tidy())
        {
        }
        using MvccReadTransaction view = store.BeginRead();
        Assert.Equal(RevisionStatus.Compacted, view.ReadChanges(Changes(1005)).Status);
        Assert.Equal([1007L], view.ReadChanges(Changes(1007)).Changes.Select(change => change.Revision));
        Assert.Equal(6, view.Range(All(RangeOrder.Ascending, RangeTarget.Key)).Items.Count);
        Assert.Empty(store.Check().Defects);
    }

    private static RangeQuery All(RangeOrder order, RangeTarget target, long modMin = 0, long limit = 0) => new()
    {
        Key = new byte[1],
        RangeEnd = new byte[1],
        Order = order,
        Target = target,
        ModRevisionMin = modMin,
        Limit = limit,
    };

    private static ChangeQuery Changes(long from) => new() { Key = new byte[1], RangeEnd = new byte[1], FromRevision = from };

    private static byte[] Keys(MvccReadTransaction view, RangeOrder order, RangeTarget target)
        => view.Range(All(order, target)).Items.Select(item => item.Key.Span[0]).ToArray();

    private static void Put(MvccStore store, byte key, byte value)
    {
        using MvccWriteTransaction batch = store.BeginWrite();
        batch.Put([key], [value]);
        batch.Commit(default);
    }

    private MvccStore Open() => MvccStore.Open(_disk.Root, new MvccOptions { CacheBytes = 4 << 20 });
}
