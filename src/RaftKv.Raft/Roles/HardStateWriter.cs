namespace RaftKv.Raft.Roles;

/// <summary>How far term and vote are on their way to the disk.</summary>
internal sealed class HardStateWriter(HardState restored)
{
    private readonly List<Write> _writes = [];
    private HardState _handedOut = restored;
    private HardState _durable = restored;

    public bool IsWriting => _writes.Count > 0;

    public bool IsDurable(Term term, NodeId votedFor) => _durable.Term == term && _durable.VotedFor == votedFor;

    /// <summary>A commit index alone is no reason to write: it is a hint and goes with the next batch.</summary>
    public bool MustWrite(Term term, NodeId votedFor) => _handedOut.Term != term || _handedOut.VotedFor != votedFor;

    /// <summary>The state to put into a batch that is written anyhow; null when nothing in it changed.</summary>
    public HardState? Take(long number, HardState current)
    {
        if (current == _handedOut)
            return null;
        if (MustWrite(current.Term, current.VotedFor))
            _writes.Add(new Write(number, current));
        _handedOut = current;
        return current;
    }

    /// <summary>Batches up to a number are on the disk. Whether term or vote became durable.</summary>
    public bool Persisted(long number)
    {
        if (_writes.Count == 0)
            return false;
        int done = 0;
        while (done < _writes.Count && _writes[done].Number <= number)
            _durable = _writes[done++].State;
        _writes.RemoveRange(0, done);
        return done > 0;
    }

    private readonly record struct Write(long Number, HardState State);
}
