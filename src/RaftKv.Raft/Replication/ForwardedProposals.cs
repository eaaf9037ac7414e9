namespace RaftKv.Raft.Replication;

/// <summary>Proposals on their way to the leader, and those whose answer is awaited.</summary>
internal sealed class ForwardedProposals(int countMax, int giveUpTicks)
{
    private readonly List<Proposal> _unsent = [];
    private readonly List<Awaited> _awaited = [];
    private long _now;

    public bool IsEmpty => _unsent.Count + _awaited.Count == 0;

    public bool HasUnsent => _unsent.Count > 0;

    public bool TryAdd(ReadOnlySpan<Proposal> proposals)
    {
        if (_unsent.Count + _awaited.Count + proposals.Length > countMax)
            return false;
        _unsent.AddRange(proposals);
        return true;
    }

    /// <summary>The next message's worth; what is returned is awaited from now on.</summary>
    public Proposal[] TakeUnsent(long bytesMax)
    {
        int count = 0;
        long bytes = 0;
        while (count < _unsent.Count)
        {
            bytes += _unsent[count].Payload.Length + Entry.OverheadBytes;
            if (count > 0 && bytes > bytesMax)
                break;
            count++;
        }
        Proposal[] batch = new Proposal[count];
        _unsent.CopyTo(0, batch, 0, count);
        _unsent.RemoveRange(0, count);
        foreach (Proposal proposal in batch)
            _awaited.Add(new Awaited(proposal.RequestId, _now));
        return batch;
    }

    /// <summary>An answer came; false when none was awaited for this number.</summary>
    public bool Answered(long requestId)
    {
        for (int i = 0; i < _awaited.Count; i++)
        {
            if (_awaited[i].RequestId != requestId)
                continue;
            _awaited.RemoveAt(i);
            return true;
        }
        return false;
    }

    /// <summary>Time passes; returns the numbers that were awaited too long.</summary>
    public IReadOnlyList<long> Tick()
    {
        _now++;
        int late = 0;
        while (late < _awaited.Count && _now - _awaited[late].Since >= giveUpTicks)
            late++;
        if (late == 0)
            return [];
        List<long> ids = _awaited.GetRange(0, late).ConvertAll(awaited => awaited.RequestId);
        _awaited.RemoveRange(0, late);
        return ids;
    }

    /// <summary>The numbers whose fate is unknown, when the leader is gone.</summary>
    public IReadOnlyList<long> TakeAwaited()
    {
        List<long> ids = _awaited.ConvertAll(awaited => awaited.RequestId);
        _awaited.Clear();
        return ids;
    }

    /// <summary>The numbers that were never sent.</summary>
    public IReadOnlyList<long> TakeUnsentIds()
    {
        List<long> ids = _unsent.ConvertAll(proposal => proposal.RequestId);
        _unsent.Clear();
        return ids;
    }

    private readonly record struct Awaited(long RequestId, long Since);
}
