namespace RaftKv.Raft.Log;

/// <summary>The terms of all entries of a log, as runs: a few words in memory however long the log.</summary>
/// <remarks>Terms never decrease along a log, so the runs are ascending both by index and by term.</remarks>
internal sealed class TermRuns
{
    private readonly List<LogPosition> _starts = [];

    public TermRuns(LogPosition @base, IReadOnlyList<LogPosition> starts, LogIndex last)
    {
        Base = @base;
        Last = last;
        _starts.AddRange(starts);
        Audit();
    }

    /// <summary>The position before the first entry.</summary>
    public LogPosition Base { get; private set; }

    public LogIndex Last { get; private set; }

    public Term LastTerm => _starts.Count == 0 ? Base.Term : _starts[^1].Term;

    public LogPosition LastPosition => new(LastTerm, Last);

    /// <summary>The term of an entry or of the base; null outside of the log.</summary>
    public Term? TermAt(LogIndex index)
    {
        if (index > Last || index < Base.Index)
            return null;
        if (index == Base.Index)
            return Base.Term;
        return _starts[RunOf(index)].Term;
    }

    public bool Contains(LogPosition position) => TermAt(position.Index) == position.Term;

    public void Append(LogPosition position)
    {
        Invariant.Check(position.Index == Last.Next);
        Invariant.Check(position.Term >= LastTerm);
        if (_starts.Count == 0 || position.Term > LastTerm)
            _starts.Add(position);
        Last = position.Index;
    }

    public void TruncateFrom(LogIndex index)
    {
        Invariant.Check(index > Base.Index && index <= Last);
        while (_starts.Count > 0 && _starts[^1].Index >= index)
            _starts.RemoveAt(_starts.Count - 1);
        Last = index.Previous;
    }

    public void CompactTo(LogPosition newBase)
    {
        Invariant.Check(Contains(newBase));
        while (_starts.Count > 0 && _starts[0].Index <= newBase.Index)
        {
            bool runGoesOn = newBase.Index < (_starts.Count > 1 ? _starts[1].Index.Previous : Last);
            if (runGoesOn)
            {
                _starts[0] = new LogPosition(_starts[0].Term, newBase.Index.Next);
                break;
            }
            _starts.RemoveAt(0);
        }
        Base = newBase;
    }

    public void ResetTo(LogPosition newBase)
    {
        _starts.Clear();
        Base = newBase;
        Last = newBase.Index;
    }

    /// <summary>
    /// The last position at or before <paramref name="limit"/>'s index whose term is not above its term: where two logs may still agree.
    /// </summary>
    /// <remarks>Everything between can be skipped, because its term cannot occur at that place in the other log.</remarks>
    public LogPosition LastNotAbove(LogPosition limit)
    {
        LogIndex end = LogIndex.Min(limit.Index, Last);
        for (int i = _starts.Count - 1; i >= 0; i--)
        {
            LogPosition start = _starts[i];
            if (start.Index > end)
                continue;
            if (start.Term <= limit.Term)
                return new LogPosition(start.Term, end);
            end = start.Index.Previous;
        }
        return Base;
    }

    /// <summary>The runs begin right after the base, ascend by index and by term, and end with the log.</summary>
    public void Audit()
    {
        Invariant.Check(Last >= Base.Index && (_starts.Count > 0) == (Last > Base.Index));
        Invariant.Check(_starts.Count == 0 || (_starts[0].Index == Base.Index.Next && _starts[0].Term >= Base.Term));
        for (int i = 1; i < _starts.Count; i++)
            Invariant.Check(_starts[i].Index > _starts[i - 1].Index && _starts[i].Term > _starts[i - 1].Term);
        Invariant.Check(_starts.Count == 0 || _starts[^1].Index <= Last);
    }

    private int RunOf(LogIndex index)
    {
        int low = 0;
        int high = _starts.Count - 1;
        if (_starts[high].Index <= index)
            return high;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (_starts[middle].Index <= index)
                low = middle;
            else
                high = middle - 1;
        }
        return low;
    }
}
