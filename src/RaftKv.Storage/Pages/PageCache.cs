using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace RaftKv.Storage.Pages;

/// <summary>
/// Node pages in native memory under one budget. A hit takes no lock: two array steps. A miss reads, checks the checksum and the
/// page's shape, and links the frame in. Second-chance eviction of clean frames.
/// </summary>
/// <remarks>
/// A frame that was unlinked may still be read by operations that found it before; it is used again once every such operation is over
/// (<see cref="ReaderRegistry.OldestAccess"/>). Dirty frames are never evicted; when they become too many the writer spills some of them
/// before its next change (<see cref="PageSpiller"/>). So the budget is exceeded only by what one change makes and what readers hold.
/// </remarks>
internal sealed unsafe class PageCache : IDisposable
{
    private const int EvictionBatch = 64;

    private readonly Lock _lock = new();
    private readonly PageFile _file;
    private readonly ReaderRegistry _readers;
    private readonly List<long> _slabs = [];
    private readonly Stack<long> _freeFrames = new();
    private readonly Queue<(long Frame, long Epoch)> _retired = new();
    private readonly long _frameBudget;
    private readonly int _pageSizeBytes;
    private long _frameCount;
    private long _slabUsed = FrameMemory.SlabBytes;
    private readonly Queue<uint> _unwritten = new();     // made or changed since the last freeze, oldest first; writer only
    private long _dirtyPages;
    private uint _hand;
    private int _withoutEviction;
    private bool _disposed;

    public PageCache(PageFile file, ReaderRegistry readers, long budgetBytes)
    {
        _file = file;
        _readers = readers;
        _pageSizeBytes = file.PageSizeBytes;
        _frameBudget = Math.Max(budgetBytes / _pageSizeBytes, 4 * EvictionBatch);
    }

    public int PageSizeBytes => _pageSizeBytes;

    public PageTable Table { get; } = new();

    public PageFile File => _file;

    /// <summary>Bytes of pages whose only copy is in memory.</summary>
    public long DirtyBytes => Volatile.Read(ref _dirtyPages) * _pageSizeBytes;

    /// <summary>Whether dirty pages take more than three quarters of the budget.</summary>
    public bool IsCrowded => Volatile.Read(ref _dirtyPages) > _frameBudget - _frameBudget / 4;

    /// <summary>Native memory taken for frames and their table.</summary>
    public long AllocatedBytes => (long)_slabs.Count * FrameMemory.SlabBytes + Table.Bytes;

    /// <summary>The page's bytes; they stay in place until the caller's access ends.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* Get(PagePointer pointer)
    {
        if (pointer.Page < Table.Capacity)
        {
            ref PageEntry entry = ref Table[pointer.Page];
            long frame = Volatile.Read(ref entry.Frame);
            if (frame != 0)
            {
                if (entry.Referenced == 0)
                    entry.Referenced = 1;
                return (byte*)frame;
            }
        }
        return Load(pointer);
    }

    /// <summary>Asks the processor for the head of a page that will be read soon, when it is in memory.</summary>
    public void Prefetch(PagePointer pointer)
    {
        if (!Sse.IsSupported || pointer.Page >= Table.Capacity)
            return;
        long frame = Volatile.Read(ref Table[pointer.Page].Frame);
        if (frame == 0)
            return;
        Sse.Prefetch0((void*)frame);
        Sse.Prefetch0((void*)(frame + 64));
        Sse.Prefetch0((void*)(frame + 128));
    }

    /// <summary>The checksum a pointer speaks of, also when its child was written after the pointer was.</summary>
    public uint ChecksumOf(PagePointer pointer)
    {
        if (pointer.Checksum != 0)
            return pointer.Checksum;
        ref PageEntry entry = ref Table[pointer.Page];
        return Volatile.Read(ref entry.Written) != 0 ? entry.Checksum : 0;
    }

    /// <summary>A frame for a page that is about to be made; it counts as dirty. Writer only.</summary>
    public byte* Create(uint page)
    {
        Table.Ensure(page + 1);
        lock (_lock)
        {
            ref PageEntry entry = ref Table[page];
            Invariant.Check(entry.Frame == 0);
            long frame = TakeFrame();
            entry.Written = 0;
            entry.Checksum = 0;
            entry.Dirty = 1;
            entry.Referenced = 1;
            _dirtyPages++;
            _unwritten.Enqueue(page);
            Volatile.Write(ref entry.Frame, frame);
            return (byte*)frame;
        }
    }

    /// <summary>Keeps a spilled page in memory; false when its frame was evicted meanwhile.</summary>
    /// <param name="page">The page.</param>
    /// <param name="frame">Where it was found.</param>
    /// <param name="isChange">Whether the writer is about to change it, rather than a checkpoint to seal it.</param>
    public bool TryHold(uint page, byte* frame, bool isChange)
    {
        ref PageEntry entry = ref Table[page];
        if (Volatile.Read(ref entry.Dirty) != 0)
            return true;
        lock (_lock)
        {
            if (entry.Frame != (long)frame)
                return false;
            entry.Dirty = 1;
            _dirtyPages++;
            if (isChange)
                _unwritten.Enqueue(page);
            return true;
        }
    }

    /// <summary>Where a dirty page is.</summary>
    public byte* FrameOf(uint page) => (byte*)Table[page].Frame;

    /// <summary>Leaves the dirty pages there are to the checkpoint that begins. Writer only.</summary>
    public void LeaveToCheckpoint() => _unwritten.Clear();

    /// <summary>Lists dirty pages that were not used since they were last passed over, oldest first. Writer only.</summary>
    public void TakeSpillable(List<uint> pages, int pagesMax, long checkpointing)
    {
        for (int looks = 4 * pagesMax; looks > 0 && pages.Count < pagesMax && _unwritten.TryDequeue(out uint page); looks--)
        {
            ref PageEntry entry = ref Table[page];
            if (entry.Dirty == 0 || new NodePage((byte*)entry.Frame).Transaction <= checkpointing)
                continue;
            if (entry.Referenced == 0)
            {
                pages.Add(page);
                continue;
            }
            entry.Referenced = 0;
            _unwritten.Enqueue(page);
        }
    }

    /// <summary>Records that the page's present bytes are in the file, but for the checksums of children that have yet to be written.</summary>
    public void MarkSpilled(uint page, uint checksum)
    {
        Table[page].Unsealed = (byte)(new NodePage(FrameOf(page)).IsLeaf ? 0 : 1);
        Mark(page, checksum);
    }

    /// <summary>Whether a checkpoint has to write the page.</summary>
    public bool NeedsWriting(uint page)
    {
        ref PageEntry entry = ref Table[page];
        return Volatile.Read(ref entry.Dirty) != 0 || Volatile.Read(ref entry.Unsealed) != 0;
    }

    /// <summary>Records that the page's present bytes are in the file.</summary>
    public void MarkWritten(uint page, uint checksum)
    {
        Table[page].Unsealed = 0;
        Mark(page, checksum);
    }

    private void Mark(uint page, uint checksum)
    {
        lock (_lock)
        {
            ref PageEntry entry = ref Table[page];
            entry.Checksum = checksum;
            Volatile.Write(ref entry.Written, (byte)1);
            if (entry.Dirty == 0)
                return;
            entry.Dirty = 0;
            _dirtyPages--;
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
        if (page >= Table.Capacity)
            return;
        ref PageEntry entry = ref Table[page];
        if (entry.Dirty != 0)
            _dirtyPages--;
        if (entry.Frame != 0)
            _freeFrames.Push(entry.Frame);
        entry = default;
    }

    private byte* Load(PagePointer pointer)
    {
        while (true)
        {
            uint checksum = pointer.Page < Table.Capacity ? ChecksumOf(pointer) : 0;
            if (checksum == 0)
                throw _file.Corrupt(pointer.Page, $"a pointer leads to page {pointer.Page}, which was never written");
            try
            {
                return Load(pointer.Page, checksum);
            }
            catch (StorageCorruptException) when (WasWrittenSince(pointer, checksum))
            {
                // A checkpoint seals a spilled page in its frame and in its place: there it is now, or has a new checksum.
            }
        }
    }

    private bool WasWrittenSince(PagePointer pointer, uint checksum)
    {
        lock (_lock)
            return Table[pointer.Page].Frame != 0 || ChecksumOf(pointer) != checksum;
    }

    private byte* Load(uint page, uint checksum)
    {
        long frame;
        lock (_lock)
            frame = TakeFrame();
        try
        {
            _file.Read(page, checksum, new Span<byte>((void*)frame, _pageSizeBytes));
            if (new NodePage((byte*)frame).Validate(page, _pageSizeBytes) is string defect)
                throw _file.Corrupt(page, defect);
        }
        catch
        {
            lock (_lock)
                _freeFrames.Push(frame);
            throw;
        }
        lock (_lock)
            return (byte*)Link(page, frame);
    }

    private long Link(uint page, long frame)
    {
        ref PageEntry entry = ref Table[page];
        if (entry.Frame != 0)
        {
            _freeFrames.Push(frame);
            return entry.Frame;
        }
        entry.Referenced = 1;
        Volatile.Write(ref entry.Frame, frame);
        return frame;
    }

    private long TakeFrame()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_freeFrames.TryPop(out long frame))
            return frame;
        if (_frameCount >= _frameBudget && --_withoutEviction < 0)
        {
            // When nothing can be evicted the hand would go round for every frame: then the next few grow the cache instead.
            _withoutEviction = Evict() > 0 ? 0 : EvictionBatch;
            ReuseRetired();
            if (_freeFrames.TryPop(out frame))
                return frame;
        }
        return NewFrame();
    }

    private long NewFrame()
    {
        if (_slabUsed + _pageSizeBytes > FrameMemory.SlabBytes)
        {
            if (_slabs.Count > 0)
                FrameMemory.AdviseFilled((byte*)_slabs[^1]);
            _slabs.Add((long)FrameMemory.AllocateSlab());
            _slabUsed = 0;
        }
        long frame = _slabs[^1] + _slabUsed;
        FrameMemory.Touch((byte*)frame, _pageSizeBytes);
        _slabUsed += _pageSizeBytes;
        _frameCount++;
        return frame;
    }

    private int Evict()
    {
        uint capacity = Table.Capacity;
        int evicted = 0;
        for (ulong seen = 0; seen < 2UL * capacity && evicted < EvictionBatch; seen++)
        {
            if (++_hand >= capacity)
                _hand = 0;
            ref PageEntry entry = ref Table[_hand];
            if (entry.Frame == 0 || entry.Dirty != 0)
                continue;
            if (entry.Referenced != 0)
            {
                entry.Referenced = 0;
                continue;
            }
            _retired.Enqueue((entry.Frame, _readers.Epoch));
            Volatile.Write(ref entry.Frame, 0);
            evicted++;
        }
        _readers.Advance();
        return evicted;
    }

    private void ReuseRetired()
    {
        long oldest = _readers.OldestAccess();
        while (_retired.TryPeek(out (long Frame, long Epoch) retired) && retired.Epoch < oldest)
            _freeFrames.Push(_retired.Dequeue().Frame);
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed)
                return;
            _disposed = true;
            foreach (long slab in _slabs)
                FrameMemory.FreeSlab((byte*)slab);
            _slabs.Clear();
        }
        Table.Dispose();
    }
}
