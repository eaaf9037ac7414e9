namespace RaftKv.Storage.Pages;

/// <summary>
/// Where new frames come from: memory taken from the system a slab at a time, up to a number of frames and never more. From the second slab
/// on the next one is backed beside its use. Guarded by the cache's lock.
/// </summary>
internal sealed unsafe class FrameSlabs : IDisposable
{
    private readonly int _frameBytes;
    private readonly List<Slab> _slabs = [];
    private long _bytesLeft;
    private Slab _current;
    private Slab _next;
    private int _used;

    public FrameSlabs(int frameBytes, long framesMax)
    {
        _frameBytes = frameBytes;
        _bytesLeft = framesMax * frameBytes;
    }

    private readonly record struct Slab(long At, int Bytes);

    /// <summary>Bytes that the system has, or is about to have, backed by memory.</summary>
    public long BackedBytes { get; private set; }

    /// <summary>A frame that was never used. Not more often than there are frames.</summary>
    public long Take()
    {
        if (_used == _current.Bytes)
            MoveOn();
        long frame = _current.At + _used;
        FrameMemory.Touch((byte*)frame, _frameBytes);
        _used += _frameBytes;
        if (_slabs.Count <= 2)
            BackedBytes += _frameBytes;
        return frame;
    }

    private void MoveOn()
    {
        if (_current.Bytes == FrameMemory.SlabBytes)
            FrameMemory.AdviseHuge((byte*)_current.At);
        _current = _next.Bytes > 0 ? _next : Allocate();
        _used = 0;
        _slabs.Add(_current);
        _next = default;
        // A small store should not take what it may never need.
        if (_slabs.Count < 2 || _bytesLeft == 0)
            return;
        _next = Allocate();
        BackedBytes += _next.Bytes;
        FrameMemory.BackAhead((byte*)_next.At, _next.Bytes);
    }

    private Slab Allocate()
    {
        int bytes = (int)Math.Min(_bytesLeft, FrameMemory.SlabBytes);
        Invariant.Check(bytes > 0);
        _bytesLeft -= bytes;
        return new Slab((long)FrameMemory.AllocateSlab(bytes), bytes);
    }

    public void Dispose()
    {
        if (_next.Bytes > 0)
            _slabs.Add(_next);
        foreach (Slab slab in _slabs)
            FrameMemory.FreeSlab((byte*)slab.At);
        _slabs.Clear();
        _next = _current = default;
        _used = 0;
        _bytesLeft = 0;
    }
}
