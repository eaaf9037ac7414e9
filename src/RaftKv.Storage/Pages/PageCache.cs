using System.Runtime.CompilerServices;

namespace RaftKv.Storage.Pages;

/// <summary>
/// Node pages in native memory under one budget. A hit takes no lock: three array steps. A miss reads, checks the checksum and the
/// page's shape, and links the frame in. Second-chance eviction of clean frames.
/// </summary>
/// <remarks>
/// A frame that was unlinked may still be read by operations that found it before (<see cref="FramePool"/>), so some are unlinked ahead of
/// need. Dirty frames are never evicted; when they become too many the writer spills some of them before its next change
/// (<see cref="PageSpiller"/>). So the budget, entries included, is never exceeded: an access waits for older ones, and the oldest has a reserve.
/// </remarks>
internal sealed unsafe class PageCache : IDisposable
{
    private const int EvictionBatch = 64;
    private const int SpinsBeforeSleep = 256;
    private const int WaitsMax = SpinsBeforeSleep + 30_000;     // of a millisecond each

    private const string InHand = "is in the hand of operations under way";

    private const byte WrittenNow = 1;
    private const byte WrittenBefore = 2;

    private readonly Lock _lock = new();
    private readonly PageFile _file;
    private readonly ReaderRegistry _readers;
    private readonly FramePool _frames;
    private readonly int _pageSizeBytes;
    private readonly int _spareMin;
    private Queue<uint> _unwritten = new();     // made or changed since the last freeze, oldest first; writer only
    private Queue<uint> _leftOver = new();      // made or changed before it
    private int _toSift;
    private long _dirtyPages;
    private uint _hand;
    private int _withoutEviction;
    private bool _disposed;

    public PageCache(PageFile file, ReaderRegistry readers, long budgetBytes)
    {
        _file = file;
        _readers = readers;
        _pageSizeBytes = file.PageSizeBytes;
        _frames = new FramePool(readers, Table, _pageSizeBytes, budgetBytes);
        _spareMin = (int)Math.Min(2 * EvictionBatch, _frames.Budget / 8);
    }

    public int PageSizeBytes => _pageSizeBytes;

    public PageTable Table { get; } = new();

    public PageFile File => _file;

    /// <summary>Bytes of pages whose only copy is in memory.</summary>
    public long DirtyBytes => Volatile.Read(ref _dirtyPages) * _pageSizeBytes;

    /// <summary>Whether dirty pages take more than three quarters of what the budget has for pages.</summary>
    public bool IsCrowded => Volatile.Read(ref _dirtyPages) > _frames.PagesMax - _frames.PagesMax / 4 - _spareMin;

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

    /// <summary>The checksum a pointer speaks of, also when its child was written after the pointer was. Within an access.</summary>
    public uint ChecksumOf(PagePointer pointer)
    {
        if (pointer.Checksum != 0)
            return pointer.Checksum;
        PageEntry* entry = Table.Find(pointer.Page);
        return entry != null && Volatile.Read(ref entry->Written) != 0 ? entry->Checksum : 0;
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
    public byte* Read(PagePointer pointer, ReaderSlot reader)
    {
        while (true)
        {
            uint checksum = ChecksumOf(pointer);
            if (checksum == 0)
                throw _file.Corrupt(pointer.Page, $"a pointer leads to page {pointer.Page}, which was never written");
            try
            {
                return Read(pointer.Page, checksum, reader);
            }
            catch (StorageCorruptException) when (WasWrittenSince(pointer, checksum))
            {
                // A checkpoint seals a spilled page in its frame and in its place: there it is now, or has a new checksum.
            }
        }
    }

    /// <summary>Shows a page that was read, unless somebody else read it meanwhile; where it is.</summary>
    public byte* Link(uint page, byte* frame)
    {
        lock (_lock)
        {
            PageEntry* entry = Entry(page, (long)frame);
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
            if (TryTakeFrame(writer, out long frame))
                return Create(page, frame);
        }
        long waitedFor = TakeFrame(writer);
        lock (_lock)
            return Create(page, waitedFor);
    }

    private byte* Create(uint page, long frame)
    {
        PageEntry* entry = Entry(page, frame);
        Invariant.Check(entry->Frame == 0);
        *entry = new PageEntry { Dirty = 1, Referenced = 1 };
        _dirtyPages++;
        _unwritten.Enqueue(page);
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
            _dirtyPages++;
            if (isChange)
                _unwritten.Enqueue(page);
            return true;
        }
    }

    /// <summary>Where a dirty page is.</summary>
    public byte* FrameOf(uint page) => (byte*)Table.Find(page)->Frame;

    /// <summary>Leaves the dirty pages there are to the checkpoint that begins. Writer only.</summary>
    /// <remarks>What was replaced before it began, and only an open view can reach, is not in it and waits to be spilled after it.</remarks>
    public void LeaveToCheckpoint()
    {
        if (_leftOver.Count == 0)
            (_unwritten, _leftOver) = (_leftOver, _unwritten);
        while (_unwritten.TryDequeue(out uint page))
            _leftOver.Enqueue(page);
        _toSift = _leftOver.Count;
    }

    /// <summary>Forgets which pages the last checkpoint has written, some at a time; whether there are more. Between two transactions.</summary>
    public bool SiftLeftOver(int pages)
    {
        lock (_lock)
        {
            for (; pages > 0 && _toSift > 0 && _leftOver.TryDequeue(out uint page); pages--, _toSift--)
            {
                if (IsDirty(page))
                    _leftOver.Enqueue(page);
            }
        }
        return _toSift > 0;
    }

    /// <summary>Lists dirty pages that were not used since they were last passed over, oldest first. Writer only, within an access.</summary>
    /// <param name="pages">Receives them.</param>
    /// <param name="pagesMax">The most to list.</param>
    /// <param name="checkpointing">Newest transaction of the checkpoint that is being written; 0 when none is.</param>
    public void TakeSpillable(List<uint> pages, int pagesMax, long checkpointing)
    {
        if (checkpointing == 0)
            TakeSpillable(_leftOver, pages, pagesMax, checkpointing);
        TakeSpillable(_unwritten, pages, pagesMax, checkpointing);
    }

    private void TakeSpillable(Queue<uint> from, List<uint> pages, int pagesMax, long checkpointing)
    {
        for (int looks = 4 * pagesMax; looks > 0 && pages.Count < pagesMax && from.TryDequeue(out uint page); looks--)
        {
            if (!IsDirty(page))
                continue;
            PageEntry* entry = Table.Find(page);
            if (new NodePage((byte*)entry->Frame).Transaction <= checkpointing)
                continue;
            if (entry->Referenced == 0)
            {
                pages.Add(page);
                continue;
            }
            entry->Referenced = 0;
            from.Enqueue(page);
        }
    }

    private bool IsDirty(uint page)
    {
        PageEntry* entry = Table.Find(page);
        return entry != null && Volatile.Read(ref entry->Dirty) != 0;
    }

    /// <summary>Records that the page's present bytes are in the file, but for the checksums of children that have yet to be written.</summary>
    public void MarkSpilled(uint page, uint checksum) => Mark(page, checksum, isSealed: new NodePage(FrameOf(page)).IsLeaf);

    /// <summary>Whether a checkpoint has to write the page. Within an access.</summary>
    public bool NeedsWriting(uint page)
    {
        PageEntry* entry = Table.Find(page);
        return entry != null && (Volatile.Read(ref entry->Dirty) != 0 || Volatile.Read(ref entry->Unsealed) != 0);
    }

    /// <summary>Records that the page's present bytes are in the file.</summary>
    public void MarkWritten(uint page, uint checksum) => Mark(page, checksum, isSealed: true);

    private void Mark(uint page, uint checksum, bool isSealed)
    {
        lock (_lock)
        {
            PageEntry* entry = Table.Find(page);
            entry->Checksum = checksum;
            entry->Unsealed = (byte)(isSealed ? 0 : 1);
            Volatile.Write(ref entry->Written, WrittenNow);
            if (entry->Dirty == 0)
                return;
            entry->Dirty = 0;
            _dirtyPages--;
        }
    }

    /// <summary>
    /// Puts a page with its children's checksums in the place of the one without, for whoever looks for it from now on. So once a checkpoint
    /// is over no page that it reaches needs the checksums kept here.
    /// </summary>
    /// <param name="page">The page, which is dirty.</param>
    /// <param name="with">Its bytes with the checksums.</param>
    /// <param name="reader">Whose access this is.</param>
    public void Reseal(uint page, NodePage with, ReaderSlot reader)
    {
        long frame = TakeFrame(reader);
        Buffer.MemoryCopy(with.At, (void*)frame, _pageSizeBytes, _pageSizeBytes);
        lock (_lock)
        {
            PageEntry* entry = Table.Find(page);
            _frames.Retire(entry->Frame);
            Volatile.Write(ref entry->Frame, frame);
        }
    }

    /// <summary>
    /// Puts into a page that nobody else sees yet the checksums of children that were written before the last checkpoint ended, while the
    /// next one is written; see <see cref="Age"/>.
    /// </summary>
    public void Seal(NodePage page)
    {
        if (page.IsLeaf)
            return;
        lock (_lock)
        {
            for (int i = 0; i < page.Count; i++)
            {
                PagePointer child = page.Child(i);
                PageEntry* entry = child.Checksum == 0 ? Table.Find(child.Page) : null;
                if (entry != null && entry->Written == WrittenBefore && (entry->Unsealed | entry->Dirty) == 0)
                    page.SetChild(i, child with { Checksum = entry->Checksum });
            }
        }
    }

    /// <summary>Does the same for pages that a transaction made, as far as they are in memory. Writer only, within an access.</summary>
    public void Seal(List<uint> made)
    {
        foreach (uint page in made)
        {
            byte* frame = Find(page);
            if (frame != null)
                Seal(new NodePage(frame));
        }
    }

    /// <summary>
    /// Forgets checksums that nothing depends on any more, some leaves of entries at a time. Between two transactions, after a checkpoint.
    /// </summary>
    /// <param name="leaf">Where to begin; receives where to go on.</param>
    /// <param name="leaves">How many leaves to look at.</param>
    /// <param name="forgets">Whether no view is open that is older than the checkpoint.</param>
    /// <param name="roots">Roots of the checkpoint, whose pointers are in no page and stay as they are.</param>
    /// <returns>Whether there are more.</returns>
    /// <remarks>
    /// <para>
    /// A checksum of a page may be forgotten when no pointer to it says 0. Say that it was written before checkpoint n ended. Whatever is
    /// committed before checkpoint n + 1 begins is in that, which puts the checksum into every page that it reaches (<see cref="Reseal"/>), or
    /// was replaced before and is reached by older views alone. Whatever is committed while checkpoint n + 1 is written may be a copy of what
    /// has no checksum yet; it finds the page so marked and takes the checksum itself (<see cref="Seal(NodePage)"/>).
    /// </para>
    /// <para>A page that was spilled without its children's checksums will be written once more and has to wait for that.</para>
    /// </remarks>
    public bool Age(ref uint leaf, uint leaves, bool forgets, ReadOnlySpan<uint> roots)
    {
        lock (_lock)
        {
            uint end = Math.Min(Table.LeafEnd, leaf + leaves);
            for (; leaf < end; leaf++)
            {
                PageEntry* entries = Table.Leaf(leaf);
                for (uint i = 0; entries != null && i < PageTable.LeafPages; i++)
                {
                    PageEntry* entry = entries + i;
                    if (entry->Written == WrittenNow)
                        entry->Written = WrittenBefore;
                    else if (entry->Written != 0 && forgets && (entry->Unsealed | entry->Dirty) == 0
                        && !roots.Contains(leaf * PageTable.LeafPages + i))
                        entry->Written = 0;
                }
            }
            return leaf < Table.LeafEnd;
        }
    }

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
            _dirtyPages--;
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

    private bool WasWrittenSince(PagePointer pointer, uint checksum)
    {
        lock (_lock)
        {
            PageEntry* entry = Table.Find(pointer.Page);
            return (entry != null && entry->Frame != 0) || ChecksumOf(pointer) != checksum;
        }
    }

    private byte* Read(uint page, uint checksum, ReaderSlot reader)
    {
        var frame = (byte*)TakeFrame(reader);
        try
        {
            _file.Read(page, checksum, new Span<byte>(frame, _pageSizeBytes));
            if (new NodePage(frame).Validate(page, _pageSizeBytes) is string defect)
                throw _file.Corrupt(page, defect);
        }
        catch
        {
            Drop(frame);
            throw;
        }
        return frame;
    }

    // The entry of a page that is to have a frame, which is given back when there is no memory for the entry.
    private PageEntry* Entry(uint page, long frame)
    {
        if (_frames.TryFeedTable())
            return Table.Add(page);
        _frames.Free(frame);
        throw NoMemory(InHand);
    }

    // What was unlinked may still be in the hand of an older access, whose end is waited for. The oldest access never waits and may use the
    // reserve, so there is always one that goes on; a thread may be stuck in a read or in its caller's code, so there is a limit.
    private long TakeFrame(ReaderSlot reader)
    {
        for (SpinWait wait = default; ; wait.SpinOnce(SpinsBeforeSleep))
        {
            lock (_lock)
            {
                if (TryTakeFrame(reader, out long frame))
                    return frame;
            }
            if (wait.Count >= WaitsMax)
                throw NoMemory("was held by operations that take more than half a minute");
        }
    }

    private bool TryTakeFrame(ReaderSlot reader, out long frame)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        MakeSpare();
        if (_frames.Ready > 1)
            _ = _frames.TryFeedTable();
        frame = 0;
        if (_frames.Ready <= 0 && !_readers.IsOldestAccess(reader))
            return false;
        return _frames.TryTake(out frame) ? true : throw NoMemory(InHand);
    }

    private StorageBusyException NoMemory(string why)
        => new($"{_file.Name}: all of the {_frames.Bytes} bytes of memory for pages {why}; ask for less at once, or give the store more.");

    // Unlinks frames ahead of need: what is unlinked now can be used once the accesses of this moment are over.
    private void MakeSpare()
    {
        if (_frames.Ready >= _spareMin)
            return;
        // When nothing can be evicted the hand would go round for every frame: then it is asked again a while later.
        if (_frames.Spare < 2 * _spareMin && --_withoutEviction < 0)
        {
            _withoutEviction = Evict() > 0 ? 0 : EvictionBatch;
            _readers.Advance();     // so that accesses which begin from now on keep nothing of it
        }
        _frames.FreeRetired();
    }

    private int Evict()
    {
        uint leaves = Table.LeafEnd;
        int evicted = 0;
        for (ulong seen = 0; seen < 2UL * leaves && evicted < EvictionBatch;)
        {
            if (_hand >= leaves)
                _hand = 0;
            PageEntry* entries = Table.Leaf(_hand);
            uint passed = 1;
            if (entries == null)
                passed = Table.AbsentFrom(_hand);
            else if (!EvictFrom(entries, ref evicted))
                _frames.RetirePiece(Table.Remove(_hand));
            _hand += passed;
            seen += passed;
        }
        return evicted;
    }

    // Whether something is still to be known of these pages.
    private bool EvictFrom(PageEntry* entries, ref int evicted)
    {
        bool isUsed = false;
        for (int i = 0; i < PageTable.LeafPages; i++)
        {
            PageEntry* entry = entries + i;
            if (entry->Frame != 0 && entry->Dirty == 0)
            {
                if (entry->Referenced == 0)
                {
                    _frames.Retire(entry->Frame);
                    Volatile.Write(ref entry->Frame, 0);
                    evicted++;
                }
                entry->Referenced = 0;
            }
            isUsed |= entry->Frame != 0 || (entry->Written | entry->Dirty | entry->Unsealed) != 0;
        }
        return isUsed;
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed)
                return;
            _disposed = true;
            _frames.Dispose();
        }
        Table.Dispose();
    }
}
