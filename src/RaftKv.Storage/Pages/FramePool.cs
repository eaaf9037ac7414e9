using System.Runtime.InteropServices;

namespace RaftKv.Storage.Pages;

/// <summary>
/// The native memory of the page cache under one budget: frames for pages, some of which the table of entries is made of. What was taken
/// out of use may still be read by operations that found it before; it is used again once every such operation is over.
/// </summary>
/// <remarks>
/// When everything is in use the pool takes single frames beyond, which go back to the system as soon as they are out of use.
/// Guarded by the cache's lock.
/// </remarks>
internal sealed unsafe class FramePool : IDisposable
{
    private const int FramesMin = 256;
    private const int ShareInHand = 16;

    private readonly ReaderRegistry _readers;
    private readonly PageTable _table;
    private readonly int _pageSizeBytes;
    private readonly int _slabBytes;
    private readonly List<long> _slabs = [];
    private readonly HashSet<long> _beyond = [];
    private readonly Stack<long> _free = new();
    private readonly Queue<Retired> _retired = new();
    private readonly List<long> _held = [];
    private long _slabUsed;
    private long _frames;
    private long _tableFrames;

    public FramePool(ReaderRegistry readers, PageTable table, int pageSizeBytes, long budgetBytes)
    {
        _readers = readers;
        _table = table;
        _pageSizeBytes = pageSizeBytes;
        // The rest is for the root of the table, and for what is taken beyond while frames are in some thread's hand.
        Budget = Math.Max((budgetBytes - budgetBytes / ShareInHand) / pageSizeBytes, FramesMin);
        _slabBytes = (int)Math.Min(FrameMemory.SlabBytes, Budget * pageSizeBytes);
        _slabUsed = _slabBytes;
    }

    private readonly record struct Retired(long Memory, long Epoch, bool IsPiece);

    /// <summary>Frames to make do with: fifteen sixteenths of what the budget has room for.</summary>
    public long Budget { get; }

    /// <summary>Frames that the budget has for pages, as it stands.</summary>
    public long PagesMax => Math.Max(Budget - Volatile.Read(ref _tableFrames), FramesMin / 4);

    /// <summary>Frames beyond that.</summary>
    public int Beyond => _beyond.Count;

    /// <summary>Frames that can be taken now or soon without going beyond the budget.</summary>
    public long Spare => _free.Count + _retired.Count + Budget - _frames;

    /// <summary>Frames that can be taken now without going beyond the budget.</summary>
    public long Ready => _free.Count + Budget - _frames;

    /// <summary>Bytes of native memory in use.</summary>
    public long Bytes => (_frames + _beyond.Count) * _pageSizeBytes + _table.RootBytes;

    /// <summary>A frame, of whatever content.</summary>
    public long Take()
    {
        if (_free.TryPop(out long frame))
            return frame;
        if (_frames < Budget)
            return NewFrame();
        frame = (long)NativeMemory.AlignedAlloc((nuint)_pageSizeBytes, 64);
        _beyond.Add(frame);
        return frame;
    }

    /// <summary>Gives the table what it may need for one more entry.</summary>
    public void FeedTable()
    {
        while (!_table.HasPieces)
        {
            // Never one beyond the budget: the table keeps it.
            long frame = _free.TryPop(out long free) ? free : NewFrame();
            _tableFrames++;
            _table.AddPieces((byte*)frame, _pageSizeBytes);
        }
    }

    /// <summary>Takes back a frame that nobody can look into.</summary>
    public void Free(long frame)
    {
        if (_beyond.Count > 0 && _beyond.Remove(frame))
            NativeMemory.AlignedFree((void*)frame);
        else
            _free.Push(frame);
    }

    /// <summary>Takes back a frame that was just unlinked.</summary>
    public void Retire(long frame) => _retired.Enqueue(new Retired(frame, _readers.Epoch, false));

    /// <summary>Takes back a piece of the table that was just unlinked.</summary>
    public void RetirePiece(long piece) => _retired.Enqueue(new Retired(piece, _readers.Epoch, true));

    /// <summary>Frees what was unlinked before every access under way began, and is in nobody's hand.</summary>
    public void FreeRetired()
    {
        if (_retired.Count == 0)
            return;
        if (_retired.Peek().Epoch == _readers.Epoch)
            _readers.Advance();
        long oldest = _readers.OldestAccess();
        _readers.ListHeld(_held);       // after the accesses: who ends one has said before what it holds on to
        for (int i = _retired.Count; i > 0 && _retired.Peek().Epoch < oldest; i--)
        {
            Retired retired = _retired.Dequeue();
            if (retired.IsPiece)
                _table.ReturnPiece(retired.Memory);
            else if (_held.Contains(retired.Memory))
                Retire(retired.Memory);
            else
                Free(retired.Memory);
        }
    }

    private long NewFrame()
    {
        if (_slabUsed + _pageSizeBytes > _slabBytes)
        {
            if (_slabs.Count > 0 && _slabBytes == FrameMemory.SlabBytes)
                FrameMemory.AdviseFilled((byte*)_slabs[^1]);
            _slabs.Add((long)FrameMemory.AllocateSlab(_slabBytes));
            _slabUsed = 0;
        }
        long frame = _slabs[^1] + _slabUsed;
        FrameMemory.Touch((byte*)frame, _pageSizeBytes);
        _slabUsed += _pageSizeBytes;
        _frames++;
        return frame;
    }

    public void Dispose()
    {
        foreach (long slab in _slabs)
            FrameMemory.FreeSlab((byte*)slab);
        foreach (long frame in _beyond)
            NativeMemory.AlignedFree((void*)frame);
        _slabs.Clear();
        _beyond.Clear();
        _free.Clear();
        _frames = 0;
    }
}
