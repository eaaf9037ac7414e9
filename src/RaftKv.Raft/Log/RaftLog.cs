namespace RaftKv.Raft.Log;

/// <summary>
/// The log as the core sees it: the terms of all entries, the newest entries themselves, and how far they are on their way to the disk.
/// </summary>
internal sealed class RaftLog
{
    private readonly TermRuns _terms;
    private readonly EntryWindow _window;
    private readonly List<Write> _writes = [];
    private LogIndex _handedOut;

    // Of the entries up to the last committed one; less when that had left the window before it was committed.
    private long _committedBytes;

    public RaftLog(RaftRestore restored)
    {
        _terms = new TermRuns(restored.Base, restored.TermRuns, restored.Last);
        _window = new EntryWindow(restored.Last);
        _handedOut = restored.Last;
        Durable = restored.Last;
    }

    public LogPosition Base => _terms.Base;

    public LogPosition Last => _terms.LastPosition;

    public LogIndex LastIndex => _terms.Last;

    /// <summary>The last entry that is known to be on the disk as it stands in the log.</summary>
    public LogIndex Durable { get; private set; }

    /// <summary>The first entry in memory.</summary>
    public LogIndex WindowFirst => _window.First;

    public bool HasUnwritten => _handedOut < LastIndex;

    /// <summary>Whether a batch is on its way to the disk.</summary>
    public bool IsWriting => _writes.Count > 0;

    /// <summary>Bytes of the entries in memory.</summary>
    public long BytesInMemory => _window.Bytes;

    /// <summary>Bytes of the entries that are not known to be on the disk. They are all in memory.</summary>
    public long UnwrittenBytes => _window.EndBytes - _window.BytesThrough(Durable);

    /// <summary>
    /// Bytes of the entries since the start that are not committed. Those that are while they are not in memory count until one that is
    /// follows.
    /// </summary>
    public long UncommittedBytes => _window.EndBytes - _committedBytes;

    public Term? TermAt(LogIndex index) => _terms.TermAt(index);

    public bool Contains(LogPosition position) => _terms.Contains(position);

    public LogPosition LastNotAbove(LogPosition limit) => _terms.LastNotAbove(limit);

    public bool InWindow(LogIndex index) => _window.Holds(index);

    public Entry this[LogIndex index] => _window[index];

    public void Append(Entry entry)
    {
        _terms.Append(entry.Position);
        _window.Append(entry);
    }

    /// <summary>
    /// Removes an entry and all after it. What a batch under way carries beyond it will be on the disk for a moment and must not
    /// count as durable, so the batch is shortened in the books: an index that is written twice counts once its last batch is done.
    /// Test: RaftLogTests.An_entry_replaced_while_its_write_is_under_way_is_durable_only_after_the_second_write.
    /// </summary>
    public void TruncateFrom(LogIndex index)
    {
        _terms.TruncateFrom(index);
        if (index >= _window.First)
            _window.TruncateFrom(index);
        else
            _window.ResetTo(index.Previous);
        _committedBytes = Math.Min(_committedBytes, _window.EndBytes);
        _handedOut = LogIndex.Min(_handedOut, index.Previous);
        Durable = LogIndex.Min(Durable, index.Previous);
        for (int i = 0; i < _writes.Count && !Mutation.Is(Mutant.DurableThoughReplaced); i++)
            _writes[i] = _writes[i] with { Last = LogIndex.Min(_writes[i].Last, index.Previous) };
    }

    /// <summary>The entries that no batch has carried yet; noted under the batch's number.</summary>
    /// <param name="number">The batch's number.</param>
    /// <param name="joined">Where they are put together if they lie apart; grown as needed.</param>
    public EntrySlice TakeUnwritten(long number, ref Entry[] joined)
    {
        if (!HasUnwritten)
            return default;
        EntrySlice entries = _window.Whole(_handedOut.Next, LastIndex, ref joined);
        _handedOut = LastIndex;
        _writes.Add(new Write(number, LastIndex));
        return entries;
    }

    /// <summary>Batches up to a number are on the disk. Whether the durable end moved.</summary>
    public bool Persisted(long number)
    {
        LogIndex before = Durable;
        int done = 0;
        while (done < _writes.Count && _writes[done].Number <= number)
            Durable = LogIndex.Max(Durable, _writes[done++].Last);
        if (done == _writes.Count)
            _writes.Clear();
        else
            _writes.RemoveRange(0, done);
        Invariant.Check(Durable <= LastIndex);
        return Durable > before;
    }

    public EntrySlice Slice(LogIndex first, LogIndex last, long bytesMax) => _window.Slice(first, last, bytesMax);

    /// <summary>Everything up to an entry is committed.</summary>
    public void CommittedTo(LogIndex index)
    {
        if (index == LastIndex)
            _committedBytes = _window.EndBytes;
        else if (_window.Holds(index))
            _committedBytes = _window.BytesThrough(index);
    }

    /// <summary>Forgets entries that the disk has, the oldest first, until the rest fits.</summary>
    /// <param name="bytesMax">What may stay in memory.</param>
    /// <param name="through">The last entry that may be forgotten.</param>
    public void ShrinkWindow(long bytesMax, LogIndex through)
    {
        if (_window.Bytes > bytesMax)
            _window.Shrink(bytesMax, LogIndex.Min(Durable, through));
    }

    /// <summary>What the window will be cut to.</summary>
    public void WantWindow(long bytes) => _window.BytesWanted = bytes;

    public void CompactTo(LogPosition newBase) => _terms.CompactTo(newBase);

    /// <summary>The disk's log begins anew after a position of this one, which it did not hold: what follows is written to it again.</summary>
    public void BeginAnewAfter(LogPosition newBase)
    {
        _terms.CompactTo(newBase);
        _handedOut = newBase.Index;
        Durable = newBase.Index;
        _writes.Clear();
    }

    public void ResetTo(LogPosition newBase)
    {
        _terms.ResetTo(newBase);
        _window.ResetTo(newBase.Index);
        _committedBytes = _window.EndBytes;
        _handedOut = newBase.Index;
        Durable = newBase.Index;
        _writes.Clear();
    }

    /// <summary>Terms, entries and writes under way agree with each other.</summary>
    public void Audit()
    {
        _terms.Audit();
        _window.Audit(_terms);
        Invariant.Check(Durable <= _handedOut && _handedOut <= LastIndex);
        for (int i = 0; i < _writes.Count; i++)
            Invariant.Check(_writes[i].Last <= _handedOut && (i == 0 || _writes[i].Number > _writes[i - 1].Number));
    }

    private readonly record struct Write(long Number, LogIndex Last);
}
