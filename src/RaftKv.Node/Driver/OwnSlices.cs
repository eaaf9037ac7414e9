using RaftKv.Node.Transport;
using RaftKv.Raft;

namespace RaftKv.Node.Driver;

/// <summary>
/// A member's part in comparing states: keeps its machine's last digests, tells the leader, and sees from what the majority holds whether
/// its own state is sound.
/// </summary>
internal sealed class OwnSlices(NodeDriverOptions options, ITransport transport)
{
    private const int KeptMax = 8;

    // A digest that was not answered is told again after as many ticks, then after ever longer pauses, and not for ever.
    private const int PauseTicksMin = 10;
    private const int PauseTicksMax = 160;

    private readonly List<AttestedInput> _kept = [];
    private AttestedInput? _unanswered;
    private long _tellAt;
    private int _pause;

    // Where the next slice begins if all since the beginning of the state were found sound; null when one was not.
    private ReadOnlyMemory<byte>? _soundUpTo;

    /// <summary>The slice in which the own state is not what the majority's is; null while there is none.</summary>
    public AttestedInput? Diverged { get; private set; }

    /// <summary>Whether the whole state was found sound, slice after slice.</summary>
    public bool IsWholeSound { get; private set; }

    public void Take(AttestedInput own, NodeId leader, long nowTick)
    {
        _kept.Add(own);
        if (_kept.Count > KeptMax)
            _kept.RemoveAt(0);
        (_unanswered, _pause, _tellAt) = (own, PauseTicksMin, nowTick + PauseTicksMin);
        Tell(own, leader);
    }

    public void Tick(NodeId leader, long nowTick)
    {
        if (_unanswered is not { } own || nowTick < _tellAt)
            return;
        Tell(own, leader);
        _pause *= 2;
        _tellAt = nowTick + _pause;
        if (_pause > PauseTicksMax)
            _unanswered = null;
    }

    /// <summary>What the majority holds. About a slice that was not worked out here, in this run and of this state, it says nothing.</summary>
    /// <returns>Whether the own state was compared with it and is the same.</returns>
    public bool Judge(LogPosition position, ReadOnlySpan<byte> majority)
    {
        int at = _kept.FindIndex(kept => kept.Position == position);
        if (at < 0)
            return false;
        AttestedInput own = _kept[at];
        _kept.RemoveAt(at);
        if (_unanswered == own)
            _unanswered = null;
        if (!own.Digest.Span.SequenceEqual(majority))
        {
            Diverged ??= Mutation.Is(Mutant.DivergenceIgnored) ? null : own;
            return false;
        }
        if (own.From.IsEmpty || (_soundUpTo is { } next && next.Span.SequenceEqual(own.From.Span)))
            _soundUpTo = own.Next;
        else
            _soundUpTo = null;
        IsWholeSound |= _soundUpTo is { IsEmpty: true };
        return true;
    }

    /// <summary>Another member's state took the place of this one's: what was found of the old one is void.</summary>
    public void Replaced()
    {
        _kept.Clear();
        (_unanswered, _soundUpTo, Diverged) = (null, null, null);
    }

    private void Tell(AttestedInput own, NodeId leader)
    {
        if (leader != options.Self && leader != NodeId.None)
            transport.SendAttestation(leader, new SliceNotice(options.Group, own.Position, options.Incarnation, own.Digest));
    }
}
