using RaftKv.Raft;

namespace RaftKv.Node.Driver;

/// <summary>Finds where the last so many bytes of the log begin, to within a part of them: a mark every so often.</summary>
/// <param name="start">The last entry applied before this run; how many bytes those before it have is not known.</param>
/// <param name="bytesMax">How many bytes.</param>
internal sealed class LogBytes(LogIndex start, long bytesMax)
{
    private const int Parts = 64;

    private readonly Queue<(LogIndex Index, long Total)> _marks = [];
    private LogIndex _start = start;
    private long _total;
    private long _marked;

    /// <summary>
    /// An entry after which the log has about so many bytes; zero while it is not known to have more. Entries from before this run
    /// count nothing.
    /// </summary>
    public LogIndex First => _total > bytesMax ? _start : LogIndex.Zero;

    public void Add(ReadOnlySpan<Entry> entries)
    {
        foreach (Entry entry in entries)
        {
            _total += entry.SizeBytes;
            if (_total - _marked <= bytesMax / Parts)
                continue;
            _marked = _total;
            _marks.Enqueue((entry.Index, _total));
        }
        while (_marks.TryPeek(out (LogIndex Index, long Total) mark) && _total - mark.Total > bytesMax)
            _start = _marks.Dequeue().Index;
    }

    /// <summary>The log was replaced by state up to an entry.</summary>
    public void Reset(LogIndex index)
    {
        _marks.Clear();
        (_start, _total, _marked) = (index, 0, 0);
    }
}
