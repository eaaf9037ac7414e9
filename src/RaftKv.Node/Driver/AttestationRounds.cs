using RaftKv.Node.Transport;
using RaftKv.Raft;
using RaftKv.Raft.Membership;

namespace RaftKv.Node.Driver;

/// <summary>
/// A leader's part in comparing states: names slice after slice by entries of the log, gathers the members' digests, and tells what the
/// majority of the voters that keep state holds.
/// </summary>
/// <remarks>
/// What counts is a majority of all those voters, not of those that answer: with less, nobody knows who is right, and nothing is rebuilt.
/// Only entries that this leader appended itself, in its present term, are compared, so nothing that was worked out earlier can count.
/// </remarks>
internal sealed class AttestationRounds(NodeDriverOptions options, ITransport transport, INodeObserver observer)
{
    // Members that lag may answer this many entries late.
    private const int RoundsMax = 8;

    private readonly List<AttestationRound> _rounds = [];
    private Configuration _configuration = Configuration.Empty;
    private Term _term;
    private long _dueAt;
    private long _requests;
    private bool _awaitsOwn;

    // Where the next slice begins, the entry of the last one, and whether others stood between the entries of this walk.
    private ReadOnlyMemory<byte> _next;
    private LogIndex _last;
    private bool _hasMoved;
    private bool _isWalking;

    private bool _isWalkDisputed;

    /// <summary>Whether the members' states differ and nobody knows who is right; until a whole walk has found nothing of the kind.</summary>
    public bool IsDisputed { get; private set; }

    public void Follow(Configuration configuration) => _configuration = configuration;

    /// <summary>Names the next slice when it is time to, and there is something new to compare.</summary>
    public void Tick(long nowTick, RaftCore core, LogIndex applied, LogFormat active)
    {
        if (options.AttestationTicks == 0 || core.Role != Role.Leader || active.Library < LibraryFormat.Attestations)
        {
            (_term, IsDisputed) = (Term.Zero, false);
            return;
        }
        if (_term != core.Term)
            Begin(core.Term, nowTick);
        // A group in which nothing happens comes to rest once its whole state was compared.
        bool isNews = _isWalking || applied > _last;
        if (nowTick < _dueAt || _awaitsOwn || !isNews || AttestationRound.Keepers(_configuration, _configuration.Members()) < 2)
            return;
        // A disagreement waits for whoever has not answered yet.
        if (_rounds.Count > 0 && _rounds[^1].IsOpen(_configuration))
            _next = _rounds[^1].From;
        ProposeResult named = core.Propose(++_requests, CommandEnvelope.Attestation(_next.Span));
        if (named.Status != ProposeStatus.Appended)
            return;
        _dueAt = nowTick + options.AttestationTicks;
        _awaitsOwn = true;
        if (_next.IsEmpty)
            (IsDisputed, _isWalkDisputed) = (IsDisputed && _isWalkDisputed, false);
        _rounds.Add(new AttestationRound(named.Position, _next));
        if (_rounds.Count > RoundsMax)
            _rounds.RemoveAt(0);
    }

    /// <summary>The own machine's digest, which tells where to go on.</summary>
    /// <returns>The majority's digest, if this made one or there was one; else empty.</returns>
    public ReadOnlyMemory<byte> TakeOwn(AttestedInput own)
    {
        if (_term == Term.Zero || Find(own.Position) is not { } round)
            return default;
        if (round == _rounds[^1])
        {
            _awaitsOwn = false;
            _hasMoved |= !own.From.IsEmpty && own.Position.Index != _last.Next;
            (_next, _last) = (own.Next, own.Position.Index);
            bool isOver = _next.IsEmpty;
            _isWalking = !isOver || _hasMoved;
            _hasMoved &= !isOver;
        }
        Take(options.Self, own.Digest, round);
        return round.Majority;
    }

    /// <summary>Another member's digest.</summary>
    /// <returns>The majority's digest, if this made one; else empty.</returns>
    public ReadOnlyMemory<byte> Take(NodeId from, SliceNotice notice)
    {
        long admitted = _configuration.IncarnationOf(from);
        bool counts = _configuration.IsMember(from) && !_configuration.IsWitness(from)
            && (admitted == 0 || admitted == notice.Incarnation);
        if (_term == Term.Zero || !counts || Find(notice.Position) is not { } round)
            return default;
        bool wasJudged = !round.Majority.IsEmpty;
        Take(from, notice.Digest, round);
        if (wasJudged)
            Tell(from, round);
        return wasJudged ? default : round.Majority;
    }

    private void Take(NodeId from, ReadOnlyMemory<byte> digest, AttestationRound round)
    {
        if (round.Take(from, digest, _configuration))
        {
            foreach (NodeId member in _configuration.Members())
            {
                if (member != options.Self && !_configuration.IsWitness(member))
                    Tell(member, round);
            }
        }
        else if (round.BecomesDisputed(_configuration))
        {
            bool isNews = !IsDisputed;
            IsDisputed = _isWalkDisputed = true;
            if (isNews)
                observer.StateDisputed(round.Position, round.Describe());
        }
    }

    private void Tell(NodeId member, AttestationRound round) =>
        transport.SendAttestation(member, new VerdictNotice(options.Group, round.Position, round.Majority));

    private void Begin(Term term, long nowTick)
    {
        (_term, _dueAt, _awaitsOwn, _next, _last, _hasMoved, _isWalking) =
            (term, nowTick + options.AttestationTicks, false, default, LogIndex.Zero, false, false);
        _rounds.Clear();
    }

    private AttestationRound? Find(LogPosition position) => _rounds.Find(round => round.Position == position);
}
