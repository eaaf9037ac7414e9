namespace RaftKv.Node.Workers;

/// <summary>One part of what a host may hold in memory: how much of it is in use. Thread-safe.</summary>
internal sealed class MemoryShare(long bytesMax)
{
    private long _used;

    /// <summary>How many bytes may be in use.</summary>
    public long BytesMax => bytesMax;

    /// <summary>How many bytes are, as of some moment.</summary>
    public long Used => Volatile.Read(ref _used);

    /// <summary>Takes bytes unless that would be too many. At no moment is more in use, for that would be measured, and others refused.</summary>
    public bool TryTake(long bytes)
    {
        long used = Used;
        while (used + bytes <= bytesMax)
        {
            long before = Interlocked.CompareExchange(ref _used, used + bytes, used);
            if (before == used)
                return true;
            used = before;
        }
        return false;
    }

    /// <summary>Takes bytes that are in use already; the caller has seen to it that there is room.</summary>
    public void Take(long bytes) => Interlocked.Add(ref _used, bytes);

    public void Give(long bytes) => Interlocked.Add(ref _used, -bytes);
}
