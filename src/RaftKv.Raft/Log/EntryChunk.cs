namespace RaftKv.Raft.Log;

/// <summary>
/// A stretch of consecutive entries. Slots are written once: truncation starts a new chunk with a copy of what stays, so slices
/// that left the core (in messages, in Ready) never change under their holder and need no copy.
/// </summary>
/// <remarks>
/// Whoever holds a slice has pinned the chunk. Once the log has given it up and nobody holds a slice any more, it is used again; a
/// slice that never comes back leaves it to the collector.
/// </remarks>
/// <param name="pool">Where it goes when nobody needs it any more.</param>
internal sealed class EntryChunk(ChunkPool pool)
{
    public const int EntriesMax = 512;
    private const int EntriesAtFirst = 8;

    private Entry[] _entries = new Entry[EntriesAtFirst];
    private long[] _endBytes = new long[EntriesAtFirst];
    private int _pins;
    private bool _isGivenUp;
    private long _bytesMax;

    public LogIndex First { get; private set; }

    /// <summary>Entry bytes of the window before this chunk, counted from an arbitrary origin.</summary>
    public long StartBytes { get; private set; }

    public int Count { get; private set; }

    public bool IsFull => Count == EntriesMax || EndBytes - StartBytes >= _bytesMax;

    public LogIndex End => new(First.Value + Count);

    public long EndBytes => Count == 0 ? StartBytes : _endBytes[Count - 1];

    public Entry this[int offset] => _entries[offset];

    /// <summary>Begins anew.</summary>
    /// <param name="first">The first entry to come.</param>
    /// <param name="startBytes">See <see cref="StartBytes"/>.</param>
    /// <param name="bytesMax">How many bytes make it full; one entry may have more.</param>
    public void Begin(LogIndex first, long startBytes, long bytesMax) =>
        (First, StartBytes, _bytesMax, _isGivenUp) = (first, startBytes, bytesMax, false);

    public void Pin() => _pins++;

    public void Unpin()
    {
        Invariant.Check(_pins > 0);
        _pins--;
        Reuse();
    }

    /// <summary>The log needs it no more.</summary>
    public void GiveUp()
    {
        _isGivenUp = true;
        Reuse();
    }

    public void Add(Entry entry)
    {
        if (Count == _entries.Length)
            Grow();
        long bytes = EndBytes + entry.SizeBytes;
        _endBytes[Count] = bytes;
        _entries[Count] = entry;
        Count++;
    }

    public EntryChunk CopyOf(int count)
    {
        EntryChunk copy = pool.Take(First, StartBytes, _bytesMax);
        for (int i = 0; i < count; i++)
            copy.Add(_entries[i]);
        return copy;
    }

    public long BytesThrough(int offset) => _endBytes[offset];

    public long BytesBefore(int offset) => offset == 0 ? StartBytes : _endBytes[offset - 1];

    /// <summary>Entries from an offset up to a count and a number of bytes, at least one.</summary>
    public EntrySlice Slice(int offset, int countMax, long bytesMax)
    {
        int count = Math.Min(countMax, Count - offset);
        long limit = BytesBefore(offset) + bytesMax;
        if (_endBytes[offset + count - 1] > limit)
        {
            int found = Array.BinarySearch(_endBytes, offset, count, limit);
            int fitting = found >= 0 ? found - offset + 1 : ~found - offset;
            count = Math.Max(1, fitting);
        }
        return new EntrySlice(_entries.AsMemory(offset, count), _endBytes[offset + count - 1] - BytesBefore(offset), this);
    }

    /// <summary>Entries are where they say they are, of the terms that the log says, and counted with their bytes.</summary>
    public void Audit(TermRuns terms)
    {
        long bytes = StartBytes;
        for (int i = 0; i < Count; i++)
        {
            Entry entry = _entries[i];
            bytes += entry.SizeBytes;
            Invariant.Check(entry.Index.Value == First.Value + i && _endBytes[i] == bytes);
            Invariant.Check(entry.Index < terms.Base.Index || terms.Contains(entry.Position));
        }
    }

    private void Reuse()
    {
        bool isHeld = _pins > 0 && !Mutation.Is(Mutant.ReuseHeldEntries);
        if (!_isGivenUp || isHeld)
            return;
        _isGivenUp = false;
        // A slice used after it was handed back shows itself at once, and entries are not kept alive.
        _entries.AsSpan(0, Count).Clear();
        Count = 0;
        pool.Add(this);
    }

    private void Grow()
    {
        int capacity = Math.Min(EntriesMax, _entries.Length * 8);
        Entry[] entries = new Entry[capacity];
        long[] endBytes = new long[capacity];
        _entries.AsSpan(0, Count).CopyTo(entries);
        _endBytes.AsSpan(0, Count).CopyTo(endBytes);
        (_entries, _endBytes) = (entries, endBytes);
    }
}
