using RaftKv.Raft.Membership;

namespace RaftKv.Raft.Tests.Harness;

/// <summary>What one member's disk holds: exactly the batches that were persisted, after whatever was compacted.</summary>
internal sealed class TestDisk(Configuration founding)
{
    private readonly List<Entry> _log = [];
    private Configuration _baseConfiguration = founding;

    public Configuration Founding { get; } = founding;

    public HardState HardState { get; private set; }

    public LogPosition Base { get; private set; }

    public LogIndex Last => new(Base.Index.Value + _log.Count);

    public LogIndex Applied { get; set; }

    public Entry this[LogIndex index] => _log[(int)(index.Value - Base.Index.Value) - 1];

    public bool Holds(LogPosition position) =>
        position.Index <= Last && (position.Index < Base.Index || PositionAt(position.Index) == position);

    public LogPosition PositionAt(LogIndex index) => index == Base.Index ? Base : this[index].Position;

    public void Write(PersistBatch batch)
    {
        HardState = batch.HardState ?? HardState;
        if (batch.Entries.IsEmpty)
            return;
        int first = (int)(batch.Entries.Span[0].Index.Value - Base.Index.Value);
        Assert.InRange(first, 1, _log.Count + 1);
        _log.RemoveRange(first - 1, _log.Count - first + 1);
        _log.AddRange(batch.Entries.Span);
    }

    public Entry[] Read(LogRange range, int countMax)
    {
        int skip = (int)(range.First.Value - Base.Index.Value) - 1;
        if (skip < 0)
            return [];
        return [.. _log.Skip(skip).Take((int)Math.Min(countMax, range.Last.Value - range.First.Value + 1))];
    }

    public void CompactTo(LogPosition position, Configuration configuration)
    {
        _log.RemoveRange(0, (int)(position.Index.Value - Base.Index.Value));
        (Base, _baseConfiguration) = (position, configuration);
    }

    /// <summary>State of another member replaces this one's.</summary>
    public void Install(LogPosition position, Configuration configuration)
    {
        if (Holds(position))
            CompactTo(position, configuration);
        else
        {
            _log.Clear();
            (Base, _baseConfiguration) = (position, configuration);
        }
        Applied = position.Index;
    }

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
            Base = Base,
            Configuration = _baseConfiguration,
            TermRuns = runs,
            Last = Last,
            Applied = Applied,
            Configurations = configurations,
        };
    }
}
