namespace RaftKv.Node.Workers;

/// <summary>
/// Counts requests under way and their bytes. At either bound, its own or the one around it, the next one is refused before it costs
/// anything.
/// </summary>
internal sealed class RequestLimit(long countMax, long bytesMax, RequestLimit? around)
{
    private long _bytes;
    private long _count;

    /// <summary>Requests under way, as of some moment.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>Their bytes, as of some moment.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    public bool TryEnter(int bytes)
    {
        long count = Interlocked.Increment(ref _count);
        long total = Interlocked.Add(ref _bytes, bytes);
        if (count <= countMax && total <= bytesMax && around?.TryEnter(bytes) != false)
            return true;
        LeaveAlone(bytes);
        return false;
    }

    public void Leave(int bytes)
    {
        LeaveAlone(bytes);
        around?.Leave(bytes);
    }

    private void LeaveAlone(int bytes)
    {
        Interlocked.Decrement(ref _count);
        Interlocked.Add(ref _bytes, -bytes);
    }
}
