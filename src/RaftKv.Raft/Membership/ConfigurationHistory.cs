using RaftKv.Raft.Log;

namespace RaftKv.Raft.Membership;

/// <summary>The configurations of the log. The last one is in effect, committed or not (Raft 6).</summary>
internal sealed class ConfigurationHistory
{
    private readonly List<ConfigurationEntry> _entries = [];

    // Of configurations that are not kept any more.
    private readonly List<MemberIncarnation> _formerIncarnations = [];

    public ConfigurationHistory(RaftRestore restored)
    {
        _entries.Add(new ConfigurationEntry(restored.Base.Index, restored.Configuration));
        foreach (ConfigurationEntry entry in restored.Configurations)
        {
            Invariant.Check(entry.Index > _entries[^1].Index && entry.Index <= restored.Last);
            _entries.Add(entry);
        }
        (Index, Current) = _entries[^1];
    }

    public Configuration Current { get; private set; }

    /// <summary>The entry that carries the current one.</summary>
    public LogIndex Index { get; private set; }

    public void Append(LogIndex index, Configuration configuration)
    {
        Invariant.Check(index > Index);
        _entries.Add(new ConfigurationEntry(index, configuration));
        (Index, Current) = _entries[^1];
    }

    /// <summary>
    /// Entries from an index on are gone: what was in effect before them is in effect again. Whether that changed anything.
    /// </summary>
    public bool TruncateFrom(LogIndex index)
    {
        int before = _entries.Count;
        while (_entries[^1].Index >= index)
            _entries.RemoveAt(_entries.Count - 1);
        (Index, Current) = _entries[^1];
        return _entries.Count < before;
    }

    /// <summary>The configuration that was in effect at an index.</summary>
    public Configuration At(LogIndex index)
    {
        int i = _entries.Count - 1;
        while (i > 0 && _entries[i].Index > index)
            i--;
        return _entries[i].Configuration;
    }

    /// <summary>Whether a member once stated a disk identity that another one has taken the place of, as far as is known here.</summary>
    public bool IsFormer(NodeId node, long incarnation)
    {
        if (Current.IncarnationOf(node) == incarnation)
            return false;
        foreach (ConfigurationEntry entry in _entries)
        {
            if (entry.Configuration.IncarnationOf(node) == incarnation)
                return true;
        }
        return _formerIncarnations.Contains(new MemberIncarnation(node, incarnation));
    }

    /// <summary>How many configurations entries after an index carry.</summary>
    public int CountAfter(LogIndex index)
    {
        int count = 0;
        for (int i = _entries.Count - 1; i > 0 && _entries[i].Index > index; i--)
            count++;
        return count;
    }

    public void CompactTo(LogIndex newBase)
    {
        while (_entries.Count > 1 && _entries[1].Index <= newBase)
        {
            Remember(_entries[0]);
            _entries.RemoveAt(0);
        }
    }

    /// <summary>The configurations kept are those that the log's entries carry, and no others.</summary>
    public void Audit(RaftLog log)
    {
        Invariant.Check(_entries[0].Index <= log.Base.Index && Index == _entries[^1].Index && Current == _entries[^1].Configuration);
        for (int i = 1; i < _entries.Count; i++)
            Invariant.Check(_entries[i].Index > _entries[i - 1].Index && _entries[i].Index > log.Base.Index);
        int carried = 0;
        LogIndex first = LogIndex.Max(log.WindowFirst, log.Base.Index.Next);
        for (LogIndex index = first; index <= log.LastIndex; index = index.Next)
        {
            if (log[index].Kind != EntryKind.Configuration)
                continue;
            carried++;
            bool isDecoded = ConfigurationCodec.TryDecode(log[index].Payload.Span, out Configuration configuration);
            Invariant.Check(isDecoded && configuration.Equals(At(index)));
        }
        Invariant.Check(carried == CountAfter(first.Previous));
    }

    public void ResetTo(LogIndex newBase, Configuration configuration)
    {
        _entries.ForEach(Remember);
        _entries.Clear();
        _entries.Add(new ConfigurationEntry(newBase, configuration));
        (Index, Current) = _entries[^1];
    }

    private void Remember(ConfigurationEntry entry)
    {
        foreach (MemberIncarnation incarnation in entry.Configuration.Incarnations)
        {
            if (!_formerIncarnations.Contains(incarnation))
                _formerIncarnations.Add(incarnation);
        }
    }
}
