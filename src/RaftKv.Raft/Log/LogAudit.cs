using System.Runtime.InteropServices;

namespace RaftKv.Raft.Log;

/// <summary>
/// Compares the whole log with itself and with what it was at the last audit: what was committed stays as it was, and nobody writes to
/// an entry. Takes time in proportion to the entries in memory and their bytes.
/// </summary>
internal sealed class LogAudit
{
    private List<Seen> _before = [];
    private List<Seen> _now = [];
    private LogPosition _committed;

    /// <param name="log">The log.</param>
    /// <param name="commit">The last entry known to be committed.</param>
    public void Run(RaftLog log, LogIndex commit)
    {
        log.Audit();
        // Beyond the base nothing is left to compare with.
        Invariant.Check(log.Base.Index >= _committed.Index || log.Contains(_committed));
        _now.Clear();
        for (LogIndex index = log.WindowFirst; index <= log.LastIndex; index = index.Next)
            _now.Add(new Seen(log[index], Checksum(log[index])));
        foreach (ref readonly Seen seen in CollectionsMarshal.AsSpan(_before))
            Compare(seen, log.WindowFirst);
        (_before, _now) = (_now, _before);
        if (log.TermAt(commit) is { } term)
            _committed = new LogPosition(term, commit);
    }

    private void Compare(in Seen seen, LogIndex first)
    {
        long place = seen.Entry.Index.Value - first.Value;
        if (place < 0 || place >= _now.Count)
            return;
        Seen now = _now[(int)place];
        bool payloadIsAsItWas = now.Entry != seen.Entry || now.Checksum == seen.Checksum;
        Invariant.Check(payloadIsAsItWas);
        bool committedEntryStays = seen.Entry.Index > _committed.Index || now.Entry.Position == seen.Entry.Position;
        Invariant.Check(committedEntryStays);
    }

    private static uint Checksum(Entry entry) => Crc32C.Compute((uint)entry.Kind, entry.Payload.Span);

    private readonly record struct Seen(Entry Entry, uint Checksum);
}
