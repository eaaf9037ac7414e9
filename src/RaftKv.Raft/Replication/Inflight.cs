namespace RaftKv.Raft.Replication;

/// <summary>The window of append messages without an answer, bounded in messages and in bytes (thesis 10.2.1).</summary>
/// <param name="messagesMax">How many may be under way.</param>
/// <param name="bytesMax">How many entry bytes may be under way before another message is held back.</param>
internal sealed class Inflight(int messagesMax, long bytesMax)
{
    private Sent[] _ring = new Sent[Math.Min(messagesMax, 8)];
    private int _start;

    public int Count { get; private set; }

    public long Bytes { get; private set; }

    public bool IsFull => Count == messagesMax || Bytes >= bytesMax;

    public void Add(LogIndex last, long bytes)
    {
        Invariant.Check(!IsFull);
        if (Count == _ring.Length)
            Grow();
        _ring[(_start + Count) % _ring.Length] = new Sent(last, bytes);
        Count++;
        Bytes += bytes;
    }

    /// <summary>Forgets the messages whose entries are all acknowledged.</summary>
    public void FreeThrough(LogIndex index)
    {
        while (Count > 0 && _ring[_start].Last <= index)
        {
            Bytes -= _ring[_start].Bytes;
            _start = (_start + 1) % _ring.Length;
            Count--;
        }
    }

    /// <summary>The messages ascend, and their bytes are counted.</summary>
    public void Audit()
    {
        long bytes = 0;
        for (int i = 0; i < Count; i++)
        {
            Sent sent = _ring[(_start + i) % _ring.Length];
            Invariant.Check(i == 0 || sent.Last >= _ring[(_start + i - 1) % _ring.Length].Last);
            bytes += sent.Bytes;
        }
        Invariant.Check(bytes == Bytes && Count <= messagesMax);
    }

    private void Grow()
    {
        Sent[] larger = new Sent[Math.Min(messagesMax, _ring.Length * 4)];
        for (int i = 0; i < Count; i++)
            larger[i] = _ring[(_start + i) % _ring.Length];
        (_ring, _start) = (larger, 0);
    }

    public void Clear() => (_start, Count, Bytes) = (0, 0, 0);

    private readonly record struct Sent(LogIndex Last, long Bytes);
}
