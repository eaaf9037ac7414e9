namespace RaftKv.Testing.World;

/// <summary>What will happen, ordered by virtual time and, at the same moment, by the order in which it was planned.</summary>
internal sealed class EventQueue
{
    // A heap of four branches: half as deep as one of two, and siblings share a cache line.
    private const int Branches = 4;

    private Entry[] _heap = new Entry[256];
    private long _sequence;

    public long NowMicros { get; private set; }

    public int Count { get; private set; }

    public void After(long micros, Action happening)
    {
        if (Count == _heap.Length)
            Array.Resize(ref _heap, Count * 2);
        Entry entry = new(NowMicros + micros, _sequence++, happening);
        int at = Count++;
        for (int parent; at > 0 && entry.IsBefore(_heap[parent = (at - 1) / Branches]); at = parent)
            _heap[at] = _heap[parent];
        _heap[at] = entry;
    }

    /// <summary>Moves to the next event and runs it; false when there is none.</summary>
    public bool RunNext()
    {
        if (Count == 0)
            return false;
        Entry next = _heap[0];
        Entry last = _heap[--Count];
        _heap[Count] = default;
        if (Count > 0)
            Sink(last);
        NowMicros = next.Micros;
        next.Happening();
        return true;
    }

    private void Sink(Entry entry)
    {
        int at = 0;
        while ((at * Branches) + 1 is var child && child < Count)
        {
            int least = child;
            for (int other = child + 1; other < Math.Min(child + Branches, Count); other++)
            {
                if (_heap[other].IsBefore(_heap[least]))
                    least = other;
            }
            if (!_heap[least].IsBefore(entry))
                break;
            _heap[at] = _heap[least];
            at = least;
        }
        _heap[at] = entry;
    }

    private readonly struct Entry(long micros, long sequence, Action happening)
    {
        public readonly long Micros = micros;
        public readonly Action Happening = happening;
        private readonly long _sequence = sequence;

        public bool IsBefore(in Entry other) => Micros < other.Micros || (Micros == other.Micros && _sequence < other._sequence);
    }
}
