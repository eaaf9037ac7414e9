using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace RaftKv.Storage.Pages;

/// <summary>
/// Node pages in native memory under one budget. A hit takes no lock: two array steps. A miss reads, checks the checksum and the
/// page's shape, and links the frame in. Second-chance eviction of clean frames.
/// </summary>
/// <remarks>
/// A frame that was unlinked may still be read by operations that found it before; it is used again once every such operation is over
/// (<see cref="ReaderRegistry.OldestAccess"/>). Dirty frames are never evicted. When all is dirty or in use the budget is exceeded
/// rather than work refused; <see cref="DirtyBytes"/> tells the owner to write pages out before that.
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

    public PageTable Table { get; } = new();

    public PageFile File => _file;

    /// <summary>Bytes of pages whose only copy is in memory.</summary>
    public long DirtyBytes => Volatile.Read(ref _dirtyPages) * _pageSizeBytes;

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
            Volatile.Write(ref entry.Frame, frame);
            return (byte*)frame;
        }
    }

    /// <summary>Records that the page's present bytes are in the file.</summary>
    public void MarkWritten(uint page, uint checksum)
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
        uint checksum = pointer.Page < Table.Capacity ? ChecksumOf(pointer) : 0;
        if (checksum == 0)
            throw _file.Corrupt(pointer.Page, $"a pointer leads to page {pointer.Page}, which was never written");
        long frame;
        lock (_lock)
            frame = TakeFrame();
        try
        {
            _file.Read(pointer.Page, checksum, new Span<byte>((void*)frame, _pageSizeBytes));
            if (new NodePage((byte*)frame).Validate(pointer.Page, _pageSizeBytes) is string defect)
                throw _file.Corrupt(pointer.Page, defect);
        }
        catch
        {
            lock (_lock)
                _freeFrames.Push(frame);
            throw;
        }
        lock (_lock)
            return (byte*)Link(pointer.Page, frame);
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
