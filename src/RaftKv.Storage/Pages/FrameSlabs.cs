namespace RaftKv.Storage.Pages;

/// <summary>
/// Where new frames come from: memory taken from the system a slab at a time, up to a number of frames and never more. From the second slab
/// on each is backed by memory as a whole, for a small store should not take what it may never need. Guarded by the cache's lock.
/// </summary>
internal sealed unsafe class FrameSlabs(int frameBytes, long framesMax) : IDisposable
{
    private readonly List<long> _slabs = [];
    private long _bytesLeft = framesMax * frameBytes;
    private int _slabBytes;
    private int _used;

    /// <summary>Bytes that the system has backed by memory.</summary>
    public long BackedBytes { get; private set; }

    /// <summary>A frame that was never used. Not more often than there are frames.</summary>
    public long Take()
    {
        if (_used == _slabBytes)
            MoveOn();
        long frame = _slabs[^1] + _used;
        FrameMemory.Touch((byte*)frame, frameBytes);
        _used += frameBytes;
        if (_slabs.Count == 1)
            BackedBytes += frameBytes;
        return frame;
    }

    private void MoveOn()
    {
        if (_slabBytes == FrameMemory.SlabBytes)
            FrameMemory.AdviseHuge((byte*)_slabs[^1]);
        _slabBytes = (int)Math.Min(_bytesLeft, FrameMemory.SlabBytes);
        Invariant.Check(_slabBytes > 0);
        _bytesLeft -= _slabBytes;
        _used = 0;
        _slabs.Add((long)FrameMemory.AllocateSlab(_slabBytes));
        if (_slabs.Count == 1)
            return;
        BackedBytes += _slabBytes;
        FrameMemory.Back((byte*)_slabs[^1], _slabBytes);
    }

    public void Dispose()
    {
        foreach (long slab in _slabs)
            FrameMemory.FreeSlab((byte*)slab);
        _slabs.Clear();
        _slabBytes = _used = 0;
        _bytesLeft = 0;
    }
}
