namespace RaftKv.Raft.Reads;

/// <summary>Reads of a member that does not lead. Those that gather while one question is under way share the next one.</summary>
/// <param name="giveUpTicks">How long a question may stay without an answer.</param>
/// <param name="nextSequence">Numbers questions across the roles of one run: an answer to an earlier one must not fit a later one.</param>
internal sealed class ForwardedReads(int giveUpTicks, Func<long> nextSequence)
{
    private List<long> _waiting = [];
    private List<long> _asked = [];
    private int _ticks;

    public int Count => _waiting.Count + _asked.Count;

    /// <summary>The question under way.</summary>
    public long Sequence { get; private set; }

    /// <summary>Whether a question must be sent: the first time or again.</summary>
    public bool MustAsk { get; private set; }

    public void Add(long requestId)
    {
        _waiting.Add(requestId);
        if (_asked.Count == 0)
            StartNext();
    }

    public void Asked() => MustAsk = false;

    /// <summary>Another leader: whatever was asked of the last one is asked again.</summary>
    public void LeaderChanged() => MustAsk = _asked.Count > 0;

    /// <summary>Asks again when an answer is late; returns the reads that waited too long.</summary>
    public IReadOnlyList<long> Tick()
    {
        if (_asked.Count == 0)
            return [];
        _ticks++;
        if (_ticks < giveUpTicks)
        {
            MustAsk |= _ticks % 2 == 0;
            return [];
        }
        List<long> late = _asked;
        _asked = [];
        StartNext();
        return late;
    }

    /// <summary>An answer: the reads it serves.</summary>
    public IReadOnlyList<long> Answered(long sequence)
    {
        if (sequence != Sequence || _asked.Count == 0)
            return [];
        List<long> served = _asked;
        _asked = [];
        StartNext();
        return served;
    }

    public IReadOnlyList<long> TakeAll()
    {
        List<long> all = [.. _asked, .. _waiting];
        _asked = [];
        _waiting = [];
        MustAsk = false;
        return all;
    }

    private void StartNext()
    {
        (_asked, _waiting) = (_waiting, _asked);
        _ticks = 0;
        MustAsk = _asked.Count > 0;
        if (MustAsk)
            Sequence = Mutation.Is(Mutant.ReuseReadSequence) ? Sequence + 1 : nextSequence();
    }
}
