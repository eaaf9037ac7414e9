namespace RaftKv.Raft.Reads;

/// <summary>
/// Reads that wait for the leader to be confirmed (thesis 6.4). One round serves every read that arrived before it started and
/// none that arrived after; one round is under way at a time.
/// </summary>
internal sealed class LeaderReads
{
    private List<LeaderRead> _waiting = [];
    private List<LeaderRead> _asked = [];
    private long _askedRound;
    private LogIndex _askedIndex;

    public int Count => _waiting.Count + _asked.Count;

    /// <summary>Whether reads wait and no round is under way.</summary>
    public bool CanStart => _waiting.Count > 0 && _asked.Count == 0;

    public void Add(LeaderRead read) => _waiting.Add(read);

    /// <summary>All reads that wait join a round that starts now, at the commit index of now.</summary>
    public void Start(long round, LogIndex commit)
    {
        Invariant.Check(_asked.Count == 0);
        (_asked, _waiting) = (_waiting, _asked);
        _askedRound = round;
        _askedIndex = commit;
    }

    /// <summary>A quorum echoed a round: the reads it serves, with their index; empty when it serves none.</summary>
    public (List<LeaderRead> Reads, LogIndex Index) Confirmed(long round)
    {
        if (_asked.Count == 0 || (round < _askedRound && !Mutation.Is(Mutant.ReadByOlderRound)))
            return ([], default);
        List<LeaderRead> served = _asked;
        _asked = [];
        return (served, _askedIndex);
    }

    /// <summary>All reads, for a leader that steps down.</summary>
    public List<LeaderRead> TakeAll()
    {
        List<LeaderRead> all = [.. _asked, .. _waiting];
        _asked.Clear();
        _waiting.Clear();
        return all;
    }
}
