namespace RaftKv.Raft.Log;

/// <summary>
/// A stretch of consecutive entries. Slots are written once: truncation starts a new chunk with a copy of what stays, so slices
/// that left the core (in messages, in Ready) never change under their holder and need no copy.
/// </summary>
internal sealed class EntryChunk
{
    public const int EntriesMax = 512;
    private const int EntriesAtFirst = 8;

    private Entry[] _entries;
    private long[] _endBytes;

    public EntryChunk(LogIndex first, long startBytes)
    {
        First = first;
        StartBytes = startBytes;
        _entries = new Entry[EntriesAtFirst];
        _endBytes = new long[EntriesAtFirst];
    }

    public LogIndex First { get; }

    /// <summary>Entry bytes of the window before this chunk, counted from an arbitrary origin.</summary>
    public long StartBytes { get; }

    public int Count { get; private set; }

    public bool IsFull => Count == EntriesMax;

    public LogIndex End => new(First.Value + Count);

    public long EndBytes => Count == 0 ? StartBytes : _endBytes[Count - 1];

    public Entry this[int offset] => _entries[offset];

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
        EntryChunk copy = new(First, StartBytes);
        for (int i = 0; i < count; i++)
            copy.Add(_entries[i]);
        return copy;
    }

    public long BytesThrough(int offset) => _endBytes[offset];

    public long BytesBefore(int offset) => offset == 0 ? StartBytes : _endBytes[offset - 1];

    /// <summary>Entries from an offset up to a count and a number of bytes, at least one.</summary>
    public ReadOnlyMemory<Entry> Slice(int offset, int countMax, long bytesMax)
    {
        int count = Math.Min(countMax, Count - offset);
        long limit = BytesBefore(offset) + bytesMax;
        if (_endBytes[offset + count - 1] > limit)
        {
            int found = Array.BinarySearch(_endBytes, offset, count, limit);
            int fitting = found >= 0 ? found - offset + 1 : ~found - offset;
            count = Math.Max(1, fitting);
        }
        return _entries.AsMemory(offset, count);
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
