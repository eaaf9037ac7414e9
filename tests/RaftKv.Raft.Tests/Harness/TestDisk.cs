using RaftKv.Raft.Membership;

namespace RaftKv.Raft.Tests.Harness;

/// <summary>What one member's disk holds: exactly the batches that were persisted.</summary>
internal sealed class TestDisk(Configuration founding)
{
    private readonly List<Entry> _log = [];

    public HardState HardState { get; private set; }

    public LogIndex Last => new(_log.Count);

    public LogIndex Applied { get; set; }

    public Entry this[LogIndex index] => _log[(int)index.Value - 1];

    public bool Holds(LogPosition position) =>
        position.Index == LogIndex.Zero || (position.Index <= Last && this[position.Index].Position == position);

    public void Write(PersistBatch batch)
    {
        HardState = batch.HardState ?? HardState;
        if (batch.Entries.IsEmpty)
            return;
        int first = (int)batch.Entries.Span[0].Index.Value;
        Assert.InRange(first, 1, _log.Count + 1);
        _log.RemoveRange(first - 1, _log.Count - first + 1);
        _log.AddRange(batch.Entries.Span);
    }

    public Entry[] Read(LogRange range, int countMax) =>
        [.. _log.Skip((int)range.First.Value - 1).Take((int)Math.Min(countMax, range.Last.Value - range.First.Value + 1))];

    public RaftRestore Restore()
    {
        List<LogPosition> runs = [];
        List<ConfigurationEntry> configurations = [];
        foreach (Entry entry in _log)
        {
            if (runs.Count == 0 || runs[^1].Term != entry.Term)
                runs.Add(entry.Position);
            if (entry.Kind == EntryKind.Configuration && ConfigurationCodec.TryDecode(entry.Payload.Span, out Configuration configuration))
                configurations.Add(new ConfigurationEntry(entry.Index, configuration));
        }
        return new RaftRestore
        {
            HardState = HardState,
            Configuration = founding,
            TermRuns = runs,
            Last = Last,
            Applied = Applied,
            Configurations = configurations,
        };
    }
}
