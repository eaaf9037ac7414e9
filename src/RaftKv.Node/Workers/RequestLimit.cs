namespace RaftKv.Node.Workers;

/// <summary>
/// Counts requests under way and their bytes. At either bound, its own or the one around it, the next one is refused before it costs
/// anything.
/// </summary>
/// <remarks>
/// While requests wait for too long the bounds shrink, so that whoever is let in gets a result in time and the others are told at once;
/// else a queue longer than what is served within a time-out would let everything in it time out. They grow back as waiting ends.
/// </remarks>
internal sealed class RequestLimit(long countMax, long bytesMax, RequestLimit? around)
{
    private const int Whole = 64;
    private const int GrowthPerTick = 4;

    private long _bytes;
    private long _count;

    // Of the bounds, in parts of Whole.
    private int _share = Whole;

    /// <summary>Requests under way, as of some moment.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>Their bytes, as of some moment.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    public bool TryEnter(int bytes)
    {
        int share = Volatile.Read(ref _share);
        long count = Interlocked.Increment(ref _count);
        long total = Interlocked.Add(ref _bytes, bytes);
        bool fits = count == 1 || (count <= countMax * share / Whole && total <= bytesMax / Whole * share);
        if (fits && around?.TryEnter(bytes) != false)
            return true;
        LeaveAlone(bytes);
        return false;
    }

    public void Leave(int bytes)
    {
        LeaveAlone(bytes);
        around?.Leave(bytes);
    }

    /// <summary>Once a tick: narrows the bounds by a quarter while requests wait for too long, else widens them again.</summary>
    public void Adapt(bool isBehind) =>
        Volatile.Write(ref _share, isBehind ? Math.Max(1, _share * 3 / 4) : Math.Min(Whole, _share + GrowthPerTick));

    private void LeaveAlone(int bytes)
    {
        Interlocked.Decrement(ref _count);
        Interlocked.Add(ref _bytes, -bytes);
    }
}
