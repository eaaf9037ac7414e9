namespace RaftKv.Node.Workers;

/// <summary>One part of what a host may hold in memory: how much of it is in use. Thread-safe.</summary>
internal sealed class MemoryShare(long bytesMax)
{
    private long _used;

    /// <summary>How many bytes may be in use.</summary>
    public long BytesMax => bytesMax;

    /// <summary>How many bytes are, as of some moment.</summary>
    public long Used => Volatile.Read(ref _used);

    /// <summary>Takes bytes unless that would be too many.</summary>
    public bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref _used, bytes) <= bytesMax)
            return true;
        Give(bytes);
        return false;
    }

    /// <summary>Takes bytes that are in use already; the caller has seen to it that there is room.</summary>
    public void Take(long bytes) => Interlocked.Add(ref _used, bytes);

    public void Give(long bytes) => Interlocked.Add(ref _used, -bytes);
}
