namespace RaftKv.Raft.Log;

/// <summary>The newest entries of the log, in memory. Older ones are read back from the disk by whoever needs them.</summary>
internal sealed class EntryWindow(LogIndex last)
{
    // All chunks but the last are full, except that the first may start anywhere.
    private readonly List<EntryChunk> _chunks = [];

    /// <summary>The first entry held; one past the last when none is.</summary>
    public LogIndex First { get; private set; } = last.Next;

    /// <summary>One past the last entry.</summary>
    public LogIndex End { get; private set; } = last.Next;

    public long Bytes => _chunks.Count == 0 ? 0 : _chunks[^1].EndBytes - _chunks[0].StartBytes;

    public bool Holds(LogIndex index) => index >= First && index < End;

    public Entry this[LogIndex index]
    {
        get
        {
            (EntryChunk chunk, int offset) = Find(index);
            return chunk[offset];
        }
    }

    public void Append(Entry entry)
    {
        Invariant.Check(entry.Index == End);
        if (_chunks.Count == 0 || _chunks[^1].IsFull)
            _chunks.Add(new EntryChunk(End, _chunks.Count == 0 ? 0 : _chunks[^1].EndBytes));
        _chunks[^1].Add(entry);
        End = End.Next;
    }

    public void TruncateFrom(LogIndex index)
    {
        while (_chunks.Count > 0 && _chunks[^1].First >= index)
            _chunks.RemoveAt(_chunks.Count - 1);
        if (_chunks.Count > 0 && _chunks[^1].End > index)
            _chunks[^1] = _chunks[^1].CopyOf((int)(index.Value - _chunks[^1].First.Value));
        End = index;
        First = _chunks.Count == 0 ? index : _chunks[0].First;
    }

    public void ResetTo(LogIndex last)
    {
        _chunks.Clear();
        First = End = last.Next;
    }

    /// <summary>Forgets whole chunks at the front that nobody needs in memory, until the rest fits.</summary>
    /// <param name="bytesMax">What may stay.</param>
    /// <param name="through">The last entry that may be forgotten.</param>
    public void Shrink(long bytesMax, LogIndex through)
    {
        int drop = 0;
        long end = _chunks.Count == 0 ? 0 : _chunks[^1].EndBytes;
        while (drop < _chunks.Count - 1 && end - _chunks[drop].StartBytes > bytesMax && _chunks[drop].End.Previous <= through)
            drop++;
        if (drop == 0)
            return;
        _chunks.RemoveRange(0, drop);
        First = _chunks[0].First;
    }

    /// <summary>Entries from one on, as far as they lie together in memory: at least one.</summary>
    public ReadOnlyMemory<Entry> Slice(LogIndex first, LogIndex last, long bytesMax)
    {
        (EntryChunk chunk, int offset) = Find(first);
        return chunk.Slice(offset, (int)Math.Min(last.Value - first.Value + 1, EntryChunk.EntriesMax), bytesMax);
    }

    /// <summary>Entries between two, both included, in one piece.</summary>
    public ReadOnlyMemory<Entry> Whole(LogIndex first, LogIndex last)
    {
        ReadOnlyMemory<Entry> slice = Slice(first, last, long.MaxValue / 2);
        long wanted = last.Value - first.Value + 1;
        if (slice.Length == wanted)
            return slice;
        Entry[] copy = new Entry[wanted];
        int copied = 0;
        while (true)
        {
            slice.CopyTo(copy.AsMemory(copied));
            copied += slice.Length;
            if (copied == wanted)
                return copy;
            slice = Slice(new LogIndex(first.Value + copied), last, long.MaxValue / 2);
        }
    }

    /// <summary>Entry bytes after one entry up to another, both in the window or just before it.</summary>
    public long BytesBetween(LogIndex after, LogIndex through) => through <= after ? 0 : EndBytes(through) - EndBytes(after);

    private long EndBytes(LogIndex index)
    {
        if (index < First)
            return _chunks.Count == 0 ? 0 : _chunks[0].StartBytes;
        (EntryChunk chunk, int offset) = Find(index);
        return chunk.BytesThrough(offset);
    }

    private (EntryChunk Chunk, int Offset) Find(LogIndex index)
    {
        Invariant.Check(Holds(index));
        EntryChunk last = _chunks[^1];
        if (index >= last.First)
            return (last, (int)(index.Value - last.First.Value));
        long fromFirst = index.Value - _chunks[0].First.Value;
        EntryChunk chunk = _chunks[(int)(fromFirst / EntryChunk.EntriesMax)];
        return (chunk, (int)(fromFirst % EntryChunk.EntriesMax));
    }
}
