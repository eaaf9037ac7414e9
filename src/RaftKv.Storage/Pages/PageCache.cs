using System.Runtime.CompilerServices;

namespace RaftKv.Storage.Pages;

/// <summary>
/// Node pages in native memory under one budget. A hit takes no lock: three array steps. A miss reads the page (<see cref="PageLoader"/>) into a
/// frame (<see cref="FrameSupply"/>) and links that in.
/// </summary>
internal sealed unsafe class PageCache : IDisposable
{
    private readonly Lock _lock = new();
    private readonly FrameSupply _frames;
    private readonly PageLoader _loader;

    public PageCache(PageFile file, ReaderRegistry readers, long budgetBytes)
    {
        File = file;
        PageSizeBytes = file.PageSizeBytes;
        _frames = new FrameSupply(_lock, file, readers, Table, budgetBytes);
        Dirty = new DirtyPages(_lock, Table, _frames, PageSizeBytes);
        Seals = new PageSeals(_lock, Table, _frames, Dirty, PageSizeBytes);
        _loader = new PageLoader(_lock, file, Table, _frames, Seals);
    }

    public int PageSizeBytes { get; }

    public PageTable Table { get; } = new();

    public PageFile File { get; }

    /// <summary>Pages whose only copy is in memory.</summary>
    public DirtyPages Dirty { get; }

    /// <summary>Checksums that pointers do not carry yet.</summary>
    public PageSeals Seals { get; }

    /// <summary>Native memory in use for pages and for what is known of them.</summary>
    public long AllocatedBytes
    {
        get
        {
            lock (_lock)
                return _frames.Bytes;
        }
    }

    /// <summary>Asks the processor for the head of a page that will be read soon, when it is in memory.</summary>
    public void Prefetch(PagePointer pointer)
    {
        PageEntry* entry = Table.Find(pointer.Page);
        long frame = entry == null ? 0 : Volatile.Read(ref entry->Frame);
        if (frame == 0)
            return;
        new NodePage((byte*)frame).PrefetchHead();
    }

    /// <summary>The page's bytes when they are in memory, else null; they stay in place until the caller's access ends.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* Find(uint page)
    {
        PageEntry* entry = Table.Find(page);
        if (entry == null)
            return null;
        long frame = Volatile.Read(ref entry->Frame);
        if (frame != 0 && entry->Referenced == 0)
            entry->Referenced = 1;
        return (byte*)frame;
    }

    /// <summary>Reads a page that is not in memory, for everybody. Within an access.</summary>
    public byte* Load(PagePointer pointer, ReaderSlot reader) => Link(pointer.Page, Read(pointer, reader));

    /// <summary>
    /// Reads a page that is not in memory into a frame which nobody else sees: for <see cref="Adopt"/>, <see cref="Link"/> or
    /// <see cref="Drop"/>. Within an access.
    /// </summary>
    public byte* Read(PagePointer pointer, ReaderSlot reader) => _loader.Read(pointer, reader);

    /// <summary>Shows a page that was read, unless somebody else read it meanwhile; where it is.</summary>
    public byte* Link(uint page, byte* frame)
    {
        lock (_lock)
        {
            PageEntry* entry = _frames.Entry(page, (long)frame);
            if (entry->Frame != 0)
            {
                _frames.Free((long)frame);
                return (byte*)entry->Frame;
            }
            entry->Referenced = 1;
            Volatile.Write(ref entry->Frame, (long)frame);
            return frame;
        }
    }

    /// <summary>Gives a frame back that was read for nothing.</summary>
    public void Drop(byte* frame)
    {
        lock (_lock)
            _frames.Free((long)frame);
    }

    /// <summary>Makes a frame that holds what another page was when it was read that of a page to be made. Writer only.</summary>
    public void Adopt(uint page, byte* frame)
    {
        lock (_lock)
            Create(page, (long)frame);
    }

    /// <summary>A frame for a page that is about to be made; it counts as dirty. Writer only.</summary>
    public byte* Create(uint page, ReaderSlot writer)
    {
        lock (_lock)
        {
            if (_frames.TryTake(writer, out long frame))
                return Create(page, frame);
        }
        long waitedFor = _frames.Take(writer);
        lock (_lock)
            return Create(page, waitedFor);
    }

    private byte* Create(uint page, long frame)
    {
        PageEntry* entry = _frames.Entry(page, frame);
        Invariant.Check(entry->Frame == 0);
        *entry = new PageEntry { Dirty = 1, Referenced = 1 };
        Dirty.Add(page, isChange: true);
        Volatile.Write(ref entry->Frame, frame);
        return (byte*)frame;
    }

    /// <summary>Keeps a spilled page in memory; false when its frame was evicted meanwhile. Within an access.</summary>
    /// <param name="page">The page.</param>
    /// <param name="frame">Where it was found.</param>
    /// <param name="isChange">Whether the writer is about to change it, rather than a checkpoint to seal it.</param>
    public bool TryHold(uint page, byte* frame, bool isChange)
    {
        PageEntry* known = Table.Find(page);
        if (known != null && Volatile.Read(ref known->Dirty) != 0)
            return true;
        lock (_lock)
        {
            PageEntry* entry = Table.Find(page);
            if (entry == null || entry->Frame != (long)frame)
                return false;
            entry->Dirty = 1;
            Dirty.Add(page, isChange);
            return true;
        }
    }

    /// <summary>Where a dirty page is.</summary>
    public byte* FrameOf(uint page) => (byte*)Table.Find(page)->Frame;

    /// <summary>Forgets pages that no reader can reach; their frames are free at once.</summary>
    public void Forget(List<uint> pages)
    {
        lock (_lock)
        {
            foreach (uint page in pages)
                Forget(page);
        }
    }

    private void Forget(uint page)
    {
        PageEntry* entry = Table.Find(page);
        if (entry == null)
            return;
        if (entry->Dirty != 0)
            Dirty.Remove();
        if (entry->Frame != 0)
            _frames.Free(entry->Frame);
        *entry = default;
    }

    /// <summary>Gives back the frames of pages that no reader can reach and that stay in the file, but for what has yet to be written.</summary>
    /// <remarks>
    /// A checkpoint under way may still walk over them, but looks into none that is written whole. Without this every page that is replaced for
    /// the first time since a checkpoint would take a new frame, until the next checkpoint ends.
    /// </remarks>
    public void Unload(List<uint> pages)
    {
        lock (_lock)
        {
            foreach (uint page in pages)
            {
                PageEntry* entry = Table.Find(page);
                if (entry == null || entry->Frame == 0 || (entry->Dirty | entry->Unsealed) != 0)
                    continue;
                _frames.Free(entry->Frame);
                entry->Frame = 0;
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _frames.Dispose();
            Table.Dispose();
        }
    }
}
