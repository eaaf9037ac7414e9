namespace RaftKv.Node.Transport;

/// <summary>
/// Room for what waits for the connections of all peers. Each peer has an equal part of its own, so that one which is stuck takes nothing from
/// the others; a message that is longer than that finds room in an empty queue. Thread-safe.
/// </summary>
internal sealed class QueueRoom(long bytesMax)
{
    private long _used;
    private int _peers = 1;

    /// <summary>How many bytes wait, as of some moment.</summary>
    public long Used => Volatile.Read(ref _used);

    /// <summary>How many peers there are.</summary>
    public void Share(int peers) => Volatile.Write(ref _peers, Math.Max(1, peers));

    /// <summary>Takes bytes for a queue unless that would be too many.</summary>
    /// <param name="own">How many the queue has.</param>
    /// <param name="bytes">How many more it wants.</param>
    public bool TryTake(long own, long bytes)
    {
        if (own > 0 && own + bytes > bytesMax / Volatile.Read(ref _peers))
            return false;
        Interlocked.Add(ref _used, bytes);
        return true;
    }

    public void Give(long bytes) => Interlocked.Add(ref _used, -bytes);
}
