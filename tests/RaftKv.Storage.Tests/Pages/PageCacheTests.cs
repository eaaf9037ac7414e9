using RaftKv.Raft;
using RaftKv.Storage.Pages;
using RaftKv.Storage.Trees;
using RaftKv.Testing.Disk;

namespace RaftKv.Storage.Tests.Pages;

/// <summary>When frames go back, and that no pointer loses the checksum of its page.</summary>
public sealed unsafe class PageCacheTests : IDisposable
{
    private const int PageSizeBytes = 4096;
    private const uint Child = 10;
    private const uint Branch = 11;

    private readonly ReaderRegistry _readers = new();
    private readonly ReaderSlot _writer;
    private readonly PageCache _cache;

    public PageCacheTests()
    {
        var file = new PageFile(new SimulatedDisk(new SplittableRandom(1)).Root.Create("store"), PageSizeBytes);
        _writer = _readers.Acquire();
        _cache = new PageCache(file, _readers, 2 << 20);
    }

    public void Dispose() => _cache.Dispose();

    [Fact]
    public void The_frame_of_a_replaced_page_goes_back_when_no_view_reaches_it_and_not_before()
    {
        using BTreeStore store = BTreeStore.Open(new SimulatedDisk(new SplittableRandom(1)).Root, PageSizeBytes, 2 << 20);
        for (byte key = 0; key < 100; key++)
            Put(store, key);
        store.Checkpoint();
        uint replaced = FirstLeaf(store);

        using (BTreeReadTransaction view = store.BeginRead())
        {
            Put(store, 0);
            Put(store, 99);     // gives back what nobody reaches before it begins
            Assert.NotEqual(replaced, FirstLeaf(store));
            Assert.True(store.Trees.Cache.Find(replaced) != null);
        }
        Put(store, 99);
        Assert.True(store.Trees.Cache.Find(replaced) == null);
        Assert.False(store.Trees.FreeList.IsFree(replaced));     // the checkpoint still has it
    }

    [Fact]
    public void A_page_is_unloaded_once_it_is_written_and_its_frame_is_the_next_to_be_taken()
    {
        byte* frame = _cache.Create(Child, _writer);
        NewLeaf(frame);
        _cache.Unload([Child]);
        Assert.True(_cache.Find(Child) == frame);

        _cache.Seals.MarkWritten(Child, 1);
        _cache.Unload([Child]);
        Assert.True(_cache.Find(Child) == null);
        Assert.True(_cache.Create(Branch, _writer) == frame);
    }

    [Fact]
    public void A_branch_that_was_spilled_keeps_its_frame_and_takes_the_checksums_that_will_be_forgotten()
    {
        NewLeaf(_cache.Create(Child, _writer));
        _cache.Seals.MarkWritten(Child, 7);
        uint leaf = 0;
        while (_cache.Seals.Age(ref leaf, 1, forgets: true, []))
        {
        }
        var branch = new NodePage(_cache.Create(Branch, _writer));
        branch.Clear(Branch, PageKind.Branch, 1, 1, PageSizeBytes);
        branch.Insert(0, default, isLong: false, NodePage.BranchCellBytes);
        branch.SetChild(0, new PagePointer(Child, 0));
        _cache.Seals.MarkSpilled(Branch, 9);

        _cache.Unload([Branch]);
        _cache.Seals.Seal([Branch]);
        Assert.True(_cache.Find(Branch) == branch.At);
        Assert.Equal(new PagePointer(Child, 7), branch.Child(0));
    }

    private static void NewLeaf(byte* frame) => new NodePage(frame).Clear(Child, PageKind.Leaf, 0, 1, PageSizeBytes);

    private static void Put(BTreeStore store, byte key)
    {
        using BTreeWriteTransaction batch = store.BeginWrite();
        batch.Put([key], new byte[200]);
        batch.Commit();
    }

    private static uint FirstLeaf(BTreeStore store)
    {
        PageReader reader = store.Trees.BeginRead(out TreeState state);
        reader.Pin();
        NodePage root = reader.Get(state.Trees[BTreeStore.Tree].Root);
        uint leaf = root.Child(0).Page;
        store.Trees.EndRead(reader);
        return leaf;
    }
}
