namespace RaftKv.Node.Workers;

/// <summary>Counts requests under way and their bytes. At either bound the next one is refused before it costs anything.</summary>
internal sealed class RequestLimit(int countMax, long bytesMax)
{
    private long _bytes;
    private int _count;

    /// <summary>Requests under way, as of some moment.</summary>
    public int Count => Volatile.Read(ref _count);

    public bool TryEnter(int bytes)
    {
        int count = Interlocked.Increment(ref _count);
        long total = Interlocked.Add(ref _bytes, bytes);
        if (count <= countMax && total <= bytesMax)
            return true;
        Leave(bytes);
        return false;
    }

    public void Leave(int bytes)
    {
        Interlocked.Decrement(ref _count);
        Interlocked.Add(ref _bytes, -bytes);
    }
}
