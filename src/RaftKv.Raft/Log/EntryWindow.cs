namespace RaftKv.Raft.Log;

/// <summary>The newest entries of the log, in memory. Older ones are read back from the disk by whoever needs them.</summary>
internal sealed class EntryWindow(LogIndex last)
{
    // All chunks but the last are full, except that the first may start anywhere.
    private readonly List<EntryChunk> _chunks = [];
    private readonly ChunkPool _pool = new();
    private EntryChunk? _last;

    /// <summary>The first entry held; one past the last when none is.</summary>
    public LogIndex First { get; private set; } = last.Next;

    /// <summary>One past the last entry.</summary>
    public LogIndex End { get; private set; } = last.Next;

    public long Bytes => _last is null ? 0 : _last.EndBytes - _chunks[0].StartBytes;

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
        if (_last is null || _last.IsFull)
        {
            _last = _pool.Take(End, _last?.EndBytes ?? 0);
            _chunks.Add(_last);
        }
        _last.Add(entry);
        End = End.Next;
    }

    public void TruncateFrom(LogIndex index)
    {
        int kept = _chunks.Count;
        while (kept > 0 && _chunks[kept - 1].First >= index)
            kept--;
        GiveUp(kept, _chunks.Count - kept);
        if (kept > 0 && _chunks[^1].End > index)
        {
            EntryChunk cut = _chunks[^1];
            _chunks[^1] = cut.CopyOf((int)(index.Value - cut.First.Value));
            cut.GiveUp();
            _last = _chunks[^1];
        }
        End = index;
        First = _chunks.Count == 0 ? index : _chunks[0].First;
    }

    public void ResetTo(LogIndex last)
    {
        GiveUp(0, _chunks.Count);
        First = End = last.Next;
    }

    /// <summary>Forgets whole chunks at the front that nobody needs in memory, until the rest fits.</summary>
    /// <param name="bytesMax">What may stay.</param>
    /// <param name="through">The last entry that may be forgotten.</param>
    public void Shrink(long bytesMax, LogIndex through)
    {
        int drop = 0;
        long end = _last?.EndBytes ?? 0;
        while (drop < _chunks.Count - 1 && end - _chunks[drop].StartBytes > bytesMax && _chunks[drop].End.Previous <= through)
            drop++;
        if (drop == 0)
            return;
        GiveUp(0, drop);
        First = _chunks[0].First;
    }

    /// <summary>Entries from one on, as far as they lie together in memory: at least one.</summary>
    public EntrySlice Slice(LogIndex first, LogIndex last, long bytesMax)
    {
        (EntryChunk chunk, int offset) = Find(first);
        return chunk.Slice(offset, (int)Math.Min(last.Value - first.Value + 1, EntryChunk.EntriesMax), bytesMax);
    }

    /// <summary>Entries between two, both included, in one piece.</summary>
    /// <param name="first">The first of them.</param>
    /// <param name="last">The last of them.</param>
    /// <param name="joined">Where they are put together if they lie apart; grown as needed.</param>
    public EntrySlice Whole(LogIndex first, LogIndex last, ref Entry[] joined)
    {
        EntrySlice slice = Slice(first, last, long.MaxValue / 2);
        int wanted = (int)(last.Value - first.Value + 1);
        if (slice.Entries.Length == wanted)
            return slice;
        if (joined.Length < wanted)
            joined = new Entry[wanted];
        int copied = 0;
        long bytes = 0;
        while (true)
        {
            slice.Entries.CopyTo(joined.AsMemory(copied));
            copied += slice.Entries.Length;
            bytes += slice.Bytes;
            if (copied == wanted)
                return new EntrySlice(joined.AsMemory(0, wanted), bytes, null);
            slice = Slice(new LogIndex(first.Value + copied), last, long.MaxValue / 2);
        }
    }

    /// <summary>Entry bytes after one entry up to another, both in the window or just before it.</summary>
    public long BytesBetween(LogIndex after, LogIndex through) => through <= after ? 0 : EndBytes(through) - EndBytes(after);

    /// <summary>The chunks hold all entries from the first to the log's end, one after the other.</summary>
    public void Audit(TermRuns terms)
    {
        LogIndex next = First;
        long bytes = _chunks.Count == 0 ? 0 : _chunks[0].StartBytes;
        for (int i = 0; i < _chunks.Count; i++)
        {
            EntryChunk chunk = _chunks[i];
            Invariant.Check(chunk.First == next && chunk.StartBytes == bytes);
            Invariant.Check(chunk.Count > 0 && (chunk.IsFull || chunk == _last));
            chunk.Audit(terms);
            (next, bytes) = (chunk.End, chunk.EndBytes);
        }
        Invariant.Check(next == End && End == terms.Last.Next);
    }

    private void GiveUp(int start, int count)
    {
        for (int i = start; i < start + count; i++)
            _chunks[i].GiveUp();
        _chunks.RemoveRange(start, count);
        _last = _chunks.Count == 0 ? null : _chunks[^1];
    }

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
        if (index >= _last!.First)
            return (_last, (int)(index.Value - _last.First.Value));
        long fromFirst = index.Value - _chunks[0].First.Value;
        EntryChunk chunk = _chunks[(int)(fromFirst / EntryChunk.EntriesMax)];
        return (chunk, (int)(fromFirst % EntryChunk.EntriesMax));
    }
}
