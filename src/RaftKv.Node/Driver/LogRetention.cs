using RaftKv.Raft;
using RaftKv.Raft.Membership;

namespace RaftKv.Node.Driver;

/// <summary>
/// Decides how much of the log's beginning nobody can need again: what every member has applied durably and the own machine has
/// in a durable checkpoint. A member that lags keeps the log long; nothing else could bring it up to date.
/// </summary>
internal sealed class LogRetention
{
    private readonly SortedList<long, LogIndex> _peersApplied = [];
    private readonly long _entriesMin;
    private LogIndex _machineDurable;
    private LogIndex _released;
    private bool _isReleasing;

    private readonly NodeId _self;

    public LogRetention(NodeDriverOptions options, RaftStatus start)
    {
        _self = options.Self;
        Follow(start.Configuration);
        _entriesMin = options.ReleaseEntriesMin;
        _machineDurable = options.MachineDurable.Index;
        _released = start.Base.Index;
    }

    /// <summary>Forgets members that left; one that came needs everything.</summary>
    public void Follow(Configuration configuration)
    {
        NodeId[] members = configuration.Members();
        for (int i = _peersApplied.Count - 1; i >= 0; i--)
        {
            if (!members.Contains(new NodeId(_peersApplied.GetKeyAtIndex(i))))
                _peersApplied.RemoveAt(i);
        }
        foreach (NodeId member in members)
        {
            if (member != _self)
                _peersApplied.TryAdd(member.Value, LogIndex.Zero);
        }
    }

    public void Checkpointed(LogIndex durable) => _machineDurable = LogIndex.Max(_machineDurable, durable);

    public void PeerApplied(NodeId peer, LogIndex applied)
    {
        // Reports may arrive out of order; what was once durable stays so.
        if (_peersApplied.TryGetValue(peer.Value, out LogIndex known))
            _peersApplied[peer.Value] = LogIndex.Max(known, applied);
    }

    public void Released(LogIndex through)
    {
        _released = through;
        _isReleasing = false;
    }

    /// <summary>The entry through which the log can be given up now; null while that is not worth it.</summary>
    public LogIndex? Next(LogIndex applied)
    {
        if (_isReleasing)
            return null;
        LogIndex through = Mutation.Is(Mutant.ReleasesBeforeCheckpoint) ? applied : LogIndex.Min(_machineDurable, applied);
        foreach (LogIndex peer in _peersApplied.Values)
            through = LogIndex.Min(through, peer);
        if (through.Value - _released.Value < _entriesMin)
            return null;
        _isReleasing = true;
        return through;
    }
}
