using RaftKv.Raft;
using RaftKv.Raft.Membership;

namespace RaftKv.Node.Driver;

/// <summary>
/// Decides how much of the log's beginning nobody needs again: what the own machine has in a durable checkpoint, and every member has
/// applied durably. A member that lags by more than a bound is not waited for: it gets state in place of the log, if machines give any.
/// </summary>
internal sealed class LogRetention
{
    // A state that was sent is put in place before the log is asked for again.
    private const int ClosedTicks = 600;

    private readonly SortedList<NodeId, LogIndex> _peersApplied = [];
    private readonly List<(LogIndex From, long? UntilTick)> _sent = [];
    private readonly LogBytes _bytes;
    private readonly NodeId _self;
    private readonly long _entriesMin;
    private readonly bool _givesState;
    private bool _isWitness;
    private LogIndex _machineDurable;
    private LogIndex _released;
    private bool _isReleasing;

    public LogRetention(NodeDriverOptions options, RaftStatus start)
    {
        _self = options.Self;
        _entriesMin = options.ReleaseEntriesMin;
        _givesState = options.GivesState;
        _machineDurable = options.MachineDurable.Index;
        _released = start.Base.Index;
        _bytes = new LogBytes(start.Applied, options.LogBytesKeptMax);
        Follow(start.Configuration);
    }

    public void Checkpointed(LogIndex durable) => _machineDurable = LogIndex.Max(_machineDurable, durable);

    public void PeerApplied(NodeId peer, LogIndex applied)
    {
        // Reports may arrive out of order; what was once durable stays so.
        if (_peersApplied.TryGetValue(peer, out LogIndex known))
            _peersApplied[peer] = LogIndex.Max(known, applied);
    }

    /// <summary>Entries that are applied from now on.</summary>
    public void Applying(ReadOnlySpan<Entry> entries) => _bytes.Add(entries);

    /// <summary>Forgets members that left; one that came needs everything.</summary>
    public void Follow(Configuration configuration)
    {
        NodeId[] members = configuration.Members();
        for (int i = _peersApplied.Count - 1; i >= 0; i--)
        {
            if (!members.Contains(_peersApplied.GetKeyAtIndex(i)))
                _peersApplied.RemoveAt(i);
        }
        foreach (NodeId member in members)
        {
            if (member != _self)
                _peersApplied.TryAdd(member, LogIndex.Zero);
        }
        _isWitness = configuration.IsWitness(_self);
    }

    /// <summary>State up to an entry is being sent: whoever takes it needs what follows.</summary>
    public void Sending(LogIndex through) => _sent.Add((through, null));

    public void Sent(LogIndex through, long nowTick)
    {
        int at = _sent.FindIndex(sent => sent.From == through && sent.UntilTick is null);
        if (at >= 0)
            _sent[at] = (through, nowTick + ClosedTicks);
    }

    public void Released(LogIndex through)
    {
        _released = LogIndex.Max(_released, through);
        _isReleasing = false;
    }

    /// <summary>The log was replaced by state up to an entry.</summary>
    public void Installed(LogIndex through)
    {
        _released = through;
        _isReleasing = false;
        _bytes.Reset(through);
    }

    /// <summary>How far the own machine needs no log again: a witness has none.</summary>
    public LogIndex Durable(LogIndex applied) =>
        _isWitness || Mutation.Is(Mutant.ReleasesBeforeCheckpoint) ? applied : LogIndex.Min(_machineDurable, applied);

    /// <summary>The entry through which the log can be given up now; null while that is not worth it.</summary>
    public LogIndex? Next(LogIndex applied, long nowTick)
    {
        if (_isReleasing)
            return null;
        LogIndex through = Durable(applied);
        // The bound is on what is kept for others: what the own machine still needs comes on top.
        LogIndex keptFrom = _givesState ? _bytes.First : LogIndex.Zero;
        foreach (LogIndex peer in _peersApplied.Values)
            through = LogIndex.Min(through, LogIndex.Max(peer, keptFrom));
        _sent.RemoveAll(sent => sent.UntilTick <= nowTick);
        foreach ((LogIndex from, _) in _sent)
            through = LogIndex.Min(through, from);
        if (through.Value - _released.Value < _entriesMin)
            return null;
        _isReleasing = true;
        return through;
    }
}
