namespace RaftKv.Node.Workers;

/// <summary>
/// Counts a group's requests under way and their bytes. At either bound the next one is refused before it costs anything.
/// </summary>
/// <remarks>
/// The bytes are those of the host's share, of which no group may hold more than it leaves to others: a group that is stuck leaves
/// half, a second one half of that. While requests wait for too long the bounds shrink, so that whoever is let in gets a result in time and
/// the others are told at once; else a queue longer than what is served within a time-out would let everything in it time out. They grow
/// back as waiting ends.
/// </remarks>
internal sealed class RequestLimit(long countMax, MemoryShare memory)
{
    /// <summary>What a request takes beside its payload.</summary>
    public const int OverheadBytes = 256;

    private const int Whole = 64;
    private const int GrowthPerTick = 4;

    private long _bytes;
    private long _count;

    // Of the bounds, in parts of Whole.
    private int _share = Whole;

    /// <summary>Requests under way, as of some moment.</summary>
    public long Count => Volatile.Read(ref _count);

    public bool TryEnter(int payloadBytes)
    {
        long bytes = OverheadBytes + payloadBytes;
        int share = Volatile.Read(ref _share);
        long count = Interlocked.Increment(ref _count);
        long own = Interlocked.Add(ref _bytes, bytes);
        long left = memory.BytesMax - memory.Used;
        bool fits = count == 1 || (count <= countMax * share / Whole && own <= left / Whole * share);
        if (fits && memory.TryTake(bytes))
            return true;
        LeaveAlone(bytes);
        return false;
    }

    public void Leave(int payloadBytes)
    {
        long bytes = OverheadBytes + payloadBytes;
        LeaveAlone(bytes);
        memory.Give(bytes);
    }

    /// <summary>Once a tick: narrows the bounds by a quarter while requests wait for too long, else widens them again.</summary>
    public void Adapt(bool isBehind) =>
        Volatile.Write(ref _share, isBehind ? Math.Max(1, _share * 3 / 4) : Math.Min(Whole, _share + GrowthPerTick));

    private void LeaveAlone(long bytes)
    {
        Interlocked.Decrement(ref _count);
        Interlocked.Add(ref _bytes, -bytes);
    }
}
