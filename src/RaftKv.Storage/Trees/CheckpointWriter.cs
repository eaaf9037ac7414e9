using System.Runtime.InteropServices;
using RaftKv.Storage.Pages;

namespace RaftKv.Storage.Trees;

/// <summary>
/// Writes what is dirty below a root: level by level from the leaves up, in page order, neighbours in one write. Pages are copied before
/// they are sealed with their children's checksums, because readers are using the originals.
/// </summary>
internal sealed unsafe class CheckpointWriter : IDisposable
{
    private const int StagingBytes = 1 << 20;

    private readonly PageFile _file;
    private readonly PageCache _cache;
    private readonly PageReader _reader;
    private readonly List<List<uint>> _levels = [];
    private readonly byte* _staging = (byte*)NativeMemory.AlignedAlloc(StagingBytes, 4096);
    private uint _stagedFirst;
    private int _stagedCount;

    public CheckpointWriter(PageFile file, PageCache cache, PageReader reader)
    {
        _file = file;
        _cache = cache;
        _reader = reader;
    }

    /// <summary>Writes the trees' dirty pages and returns the roots with their checksums.</summary>
    public TreeRoot[] WriteTrees(TreeState state)
    {
        foreach (List<uint> level in _levels)
            level.Clear();
        _reader.Pin();
        try
        {
            foreach (TreeRoot tree in state.Trees)
                Collect(tree.Root);
            foreach (List<uint> level in _levels)
                WriteLevel(level);
        }
        finally
        {
            _reader.Unpin();
        }
        var trees = (TreeRoot[])state.Trees.Clone();
        for (int i = 0; i < trees.Length; i++)
            trees[i] = trees[i] with { Root = Seal(trees[i].Root) };
        return trees;
    }

    private PagePointer Seal(PagePointer pointer)
        => pointer.IsNone ? pointer : pointer with { Checksum = _cache.ChecksumOf(pointer) };

    private bool IsDirty(PagePointer pointer) => !pointer.IsNone && Volatile.Read(ref _cache.Table[pointer.Page].Dirty) != 0;

    // A clean page was written after everything below it, so the walk stops there.
    private void Collect(PagePointer pointer)
    {
        if (!IsDirty(pointer))
            return;
        NodePage page = _reader.Get(pointer);
        while (_levels.Count <= page.Level)
            _levels.Add([]);
        _levels[page.Level].Add(pointer.Page);
        for (int i = 0; !page.IsLeaf && i < page.Count; i++)
            Collect(page.Child(i));
    }

    private void WriteLevel(List<uint> pages)
    {
        pages.Sort();
        foreach (uint page in pages)
        {
            if (_stagedCount > 0 && (page != _stagedFirst + _stagedCount || (_stagedCount + 1) * _file.PageSizeBytes > StagingBytes))
                WriteStaged();
            Stage(page);
        }
        WriteStaged();
    }

    private void Stage(uint page)
    {
        if (_stagedCount == 0)
            _stagedFirst = page;
        var copy = new NodePage(_staging + (long)_stagedCount++ * _file.PageSizeBytes);
        Buffer.MemoryCopy(_reader.Get(new PagePointer(page, 0)).At, copy.At, _file.PageSizeBytes, _file.PageSizeBytes);
        for (int i = 0; !copy.IsLeaf && i < copy.Count; i++)
        {
            PagePointer child = Seal(copy.Child(i));
            Invariant.Check(child.Checksum != 0);
            copy.SetChild(i, child);
        }
    }

    private void WriteStaged()
    {
        if (_stagedCount == 0)
            return;
        var bytes = new ReadOnlySpan<byte>(_staging, _stagedCount * _file.PageSizeBytes);
        int count = _stagedCount;
        _stagedCount = 0;
        _file.Write(_stagedFirst, bytes);
        for (int i = 0; i < count; i++)
            _cache.MarkWritten(_stagedFirst + (uint)i, PageChecksum.Of(bytes.Slice(i * _file.PageSizeBytes, _file.PageSizeBytes)));
    }

    public void Dispose()
    {
        ReaderRegistry.Release(_reader.Slot);
        NativeMemory.AlignedFree(_staging);
    }
}
