namespace RaftKv.Raft.Log;

/// <summary>
/// Hands out committed entries, each once and in order, in pages whose bytes are bounded until they are reported applied.
/// </summary>
internal sealed class Applier(LogIndex applied, long bytesMax)
{
    // How far ahead entries are read back from the disk in one request.
    private const int FetchEntriesMax = 4096;

    private readonly Queue<Page> _pages = new();
    private ReadOnlyMemory<Entry> _fetched;
    private LogRange? _fetching;
    private bool _mayRetry;

    /// <summary>How many bytes may be handed out; one page may be in any case.</summary>
    public long BytesMax { get; set; } = bytesMax;

    /// <summary>How many bytes are handed out.</summary>
    public long OutstandingBytes { get; private set; }

    public LogIndex Applied { get; private set; } = applied;

    public LogIndex HandedOut { get; private set; } = applied;

    /// <summary>Whether a page can be taken now.</summary>
    public bool HasPage(RaftLog log, LogIndex commit) =>
        Room && (!_fetched.IsEmpty || (Wants(log, commit) && log.InWindow(HandedOut.Next)));

    /// <summary>The range to read back, if the next entries are not in memory and were not asked for.</summary>
    public LogRange? Wanted(RaftLog log, LogIndex commit)
    {
        LogIndex first = HandedOut.Next;
        if (!Wants(log, commit) || log.InWindow(first) || !Room || !_fetched.IsEmpty || _fetching?.First == first)
            return null;
        LogIndex last = LogIndex.Min(log.WindowFirst.Previous, LogIndex.Min(commit, log.Durable));
        _fetching = new LogRange(first, LogIndex.Min(last, new LogIndex(first.Value + FetchEntriesMax - 1)), BytesMax - OutstandingBytes);
        return _fetching;
    }

    /// <summary>
    /// An answer to a read; ignored if it is not the one awaited. A read for a peer may begin at the same entry and reach further than
    /// what is committed.
    /// </summary>
    public void Fetched(LogRange range, ReadOnlyMemory<Entry> entries)
    {
        if (range != _fetching)
            return;
        // An empty answer means that it cannot be read now: asking again waits for the next tick.
        _mayRetry = entries.IsEmpty;
        if (_mayRetry)
            return;
        _fetching = null;
        _fetched = entries;
    }

    public EntrySlice TakePage(RaftLog log, LogIndex commit)
    {
        long room = BytesMax - OutstandingBytes;
        EntrySlice page;
        if (!_fetched.IsEmpty)
        {
            page = EntrySlice.Outside(Fitting(_fetched, room));
            _fetched = _fetched[page.Entries.Length..];
        }
        else
            page = log.Slice(HandedOut.Next, LogIndex.Min(commit, Holdable(log)), room);
        ReadOnlySpan<Entry> entries = page.Entries.Span;
        Invariant.Check(entries[0].Index == HandedOut.Next && entries[^1].Index <= commit);
        HandedOut = entries[^1].Index;
        OutstandingBytes += page.Bytes;
        // Until it is applied, for the Ready that carries it may be handed back before.
        page.Chunk?.Pin();
        _pages.Enqueue(new Page(HandedOut, page.Bytes, page.Chunk));
        return page;
    }

    /// <summary>The state machine holds everything up to an entry. Whether that frees room for entries that were kept back.</summary>
    public bool ReportApplied(LogIndex index)
    {
        Invariant.Check(index <= HandedOut);
        bool wasFull = !Room;
        Applied = LogIndex.Max(Applied, index);
        while (_pages.TryPeek(out Page page) && page.Last <= Applied)
        {
            _pages.Dequeue();
            OutstandingBytes -= page.Bytes;
            page.Chunk?.Unpin();
        }
        return wasFull && Room;
    }

    public void Tick()
    {
        if (!_mayRetry)
            return;
        _mayRetry = false;
        _fetching = null;
    }

    public void ResetTo(LogIndex index)
    {
        _pages.Clear();
        _fetched = default;
        _fetching = null;
        OutstandingBytes = 0;
        Applied = HandedOut = index;
    }

    /// <summary>What was handed out is committed and durable, and its pages and bytes are counted.</summary>
    public void Audit(RaftLog log, LogIndex commit)
    {
        Invariant.Check(Applied <= HandedOut && HandedOut <= commit && HandedOut <= Holdable(log));
        long bytes = 0;
        LogIndex last = Applied;
        foreach (Page page in _pages)
        {
            Invariant.Check(page.Last > last);
            (last, bytes) = (page.Last, bytes + page.Bytes);
        }
        Invariant.Check(bytes == OutstandingBytes && (_pages.Count == 0 || last == HandedOut));
    }

    /// <summary>Whether entries that could be applied wait until others are.</summary>
    public bool IsHeldBack(RaftLog log, LogIndex commit) => !Room && Wants(log, commit);

    private bool Room => OutstandingBytes < BytesMax;

    private bool Wants(RaftLog log, LogIndex commit) => HandedOut < LogIndex.Min(commit, Holdable(log));

    private static LogIndex Holdable(RaftLog log) => Mutation.Is(Mutant.ApplyBeforeDurable) ? log.LastIndex : log.Durable;

    private static ReadOnlyMemory<Entry> Fitting(ReadOnlyMemory<Entry> entries, long bytesMax)
    {
        ReadOnlySpan<Entry> span = entries.Span;
        int count = 0;
        long bytes = 0;
        while (count < span.Length)
        {
            bytes += span[count].SizeBytes;
            if (count > 0 && bytes > bytesMax)
                break;
            count++;
        }
        return entries[..count];
    }

    private readonly record struct Page(LogIndex Last, long Bytes, EntryChunk? Chunk);
}
