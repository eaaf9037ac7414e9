using RaftKv.Storage.Pages;

namespace RaftKv.Storage.Trees;

/// <summary>
/// Writes what is dirty below a root: level by level from the leaves up, in page order, neighbours in one write. Pages are copied before
/// they are sealed with their children's checksums, because readers are using the originals.
/// </summary>
/// <remarks>Branches that were spilled are read back one by one, and sealed in their places.</remarks>
internal sealed unsafe class CheckpointWriter : IDisposable
{
    // Written pages go to the device in pieces of this size, one of them under way while the next is gathered. All at once they would stand
    // before the log's flush, with every writer behind it: the longest waits were twice as long.
    private const int BytesWrittenBackTogether = 2 << 20;

    private readonly PageFile _file;
    private readonly PageCache _cache;
    private readonly PageReader _reader;
    private readonly PageStaging _staging;
    private readonly List<List<uint>> _levels = [];
    private readonly List<PagePointer> _children = [];     // of the branches on the way down, one behind the other

    public CheckpointWriter(PageFile file, PageCache cache, PageReader reader)
    {
        _file = file;
        _cache = cache;
        _reader = reader;
        _staging = new PageStaging(file, cache.Seals.MarkWritten);
    }

    /// <summary>Writes the trees' dirty pages and returns the roots with their checksums.</summary>
    public TreeRoot[] WriteTrees(TreeState state)
    {
        _children.Clear();
        _levels.ForEach(level => level.Clear());
        _reader.Pin();
        try
        {
            foreach (TreeRoot tree in state.Trees)
                Collect(tree.Root, -1);
            foreach (List<uint> level in _levels)
                WriteLevel(level);
            _reader.Pin();
            var trees = (TreeRoot[])state.Trees.Clone();
            for (int i = 0; i < trees.Length; i++)
                trees[i] = trees[i] with { Root = Seal(trees[i].Root) };
            return trees;
        }
        finally
        {
            _staging.Drop();    // after an exception, or the next checkpoint would write it
            _reader.Unpin();
        }
    }

    private PagePointer Seal(PagePointer pointer)
        => pointer.IsNone ? pointer : pointer with { Checksum = _cache.Seals.ChecksumOf(pointer) };

    // A page with nothing to write was written after everything below it, so the walk stops there. Level -1: not known yet.
    private void Collect(PagePointer pointer, int level)
    {
        if (pointer.IsNone || !_cache.Seals.NeedsWriting(pointer.Page))
            return;
        int first = _children.Count;
        if (level != 0)
            level = AddChildren(pointer);
        int end = _children.Count;
        while (_levels.Count <= level)
            _levels.Add([]);
        _levels[level].Add(pointer.Page);
        for (int i = first; i < end; i++)
            Collect(_children[i], level - 1);
        _children.RemoveRange(first, end - first);
    }

    private int AddChildren(PagePointer pointer)
    {
        _reader.Pin();
        NodePage page = _reader.Get(pointer);
        for (int i = 0; !page.IsLeaf && i < page.Count; i++)
            _children.Add(page.Child(i));
        return page.Level;
    }

    private void WriteLevel(List<uint> pages)
    {
        pages.Sort();
        int pagesTogether = BytesWrittenBackTogether / _cache.PageSizeBytes;
        for (int i = 0; i < pages.Count; i++)
        {
            if (i > 0 && i % pagesTogether == 0)
            {
                _staging.Write();
                _file.BeginWriteBack(pages[i - pagesTogether], pages[i - 1]);
            }
            Stage(pages[i]);
        }
        _staging.Write();
    }

    private void Stage(uint page)
    {
        NodePage copy = _staging.Stage(page);
        _reader.Pin();
        NodePage original;
        do
            original = _reader.Get(new PagePointer(page, 0));
        while (!_cache.TryHold(page, original.At, isChange: false));
        Buffer.MemoryCopy(original.At, copy.At, _cache.PageSizeBytes, _cache.PageSizeBytes);
        bool isSealed = true;
        for (int i = 0; !copy.IsLeaf && i < copy.Count; i++)
        {
            PagePointer child = copy.Child(i);
            isSealed &= child.Checksum != 0;
            child = Seal(child);
            Invariant.Check(child.Checksum != 0);
            copy.SetChild(i, child);
        }
        if (!isSealed)
            _cache.Seals.Reseal(page, copy, _reader.Slot);
        // What comes next may be a write: no access lasts as long as that.
        _reader.Unpin();
    }

    public void Dispose()
    {
        ReaderRegistry.Release(_reader.Slot);
        _staging.Dispose();
    }
}
