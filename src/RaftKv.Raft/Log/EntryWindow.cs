namespace RaftKv.Raft.Log;

/// <summary>The newest entries of the log, in memory. Older ones are read back from the disk by whoever needs them.</summary>
internal sealed class EntryWindow(LogIndex last)
{
    // A window gives up whole chunks: each has no more than half of what it is to be cut to, within these.
    private const long ChunkBytesMin = 32 * 1024;
    private const long ChunkBytesMax = 512 * 1024;

    private readonly List<EntryChunk> _chunks = [];
    private readonly ChunkPool _pool = new();
    private EntryChunk? _last;

    /// <summary>The first entry held; one past the last when none is.</summary>
    public LogIndex First { get; private set; } = last.Next;

    /// <summary>One past the last entry.</summary>
    public LogIndex End { get; private set; } = last.Next;

    public long Bytes => EndBytes - StartBytes;

    /// <summary>Bytes of all entries up to the last, counted from an arbitrary origin.</summary>
    public long EndBytes { get; private set; }

    /// <summary>What the window is to be cut to: it is made of pieces that suit that.</summary>
    public long BytesWanted { private get; set; } = ChunkBytesMax;

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
            _last = _pool.Take(End, EndBytes, Math.Clamp(BytesWanted / 2, ChunkBytesMin, ChunkBytesMax));
            _chunks.Add(_last);
        }
        _last.Add(entry);
        (End, EndBytes) = (End.Next, _last.EndBytes);
    }

    public void TruncateFrom(LogIndex index)
    {
        int kept = _chunks.Count;
        while (kept > 0 && _chunks[kept - 1].First >= index)
            kept--;
        long endBytes = StartBytes;
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
        EndBytes = _last?.EndBytes ?? endBytes;
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
        while (drop < _chunks.Count && EndBytes - _chunks[drop].StartBytes > bytesMax && _chunks[drop].End.Previous <= through)
            drop++;
        if (drop == 0)
            return;
        GiveUp(0, drop);
        First = _chunks.Count == 0 ? End : _chunks[0].First;
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

    /// <summary>Bytes of all entries up to one, from the origin of <see cref="EndBytes"/>; of one before the window, up to the window.</summary>
    public long BytesThrough(LogIndex index)
    {
        if (index < First)
            return StartBytes;
        (EntryChunk chunk, int offset) = Find(index);
        return chunk.BytesThrough(offset);
    }

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
        Invariant.Check(next == End && End == terms.Last.Next && (bytes == EndBytes || _chunks.Count == 0));
    }

    private void GiveUp(int start, int count)
    {
        for (int i = start; i < start + count; i++)
            _chunks[i].GiveUp();
        _chunks.RemoveRange(start, count);
        _last = _chunks.Count == 0 ? null : _chunks[^1];
    }

    private long StartBytes => _chunks.Count == 0 ? EndBytes : _chunks[0].StartBytes;

    private (EntryChunk Chunk, int Offset) Find(LogIndex index)
    {
        Invariant.Check(Holds(index));
        if (index >= _last!.First)
            return (_last, (int)(index.Value - _last.First.Value));
        (int low, int high) = (0, _chunks.Count - 1);
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            (low, high) = _chunks[middle].First <= index ? (middle, high) : (low, middle - 1);
        }
        return (_chunks[low], (int)(index.Value - _chunks[low].First.Value));
    }
}
