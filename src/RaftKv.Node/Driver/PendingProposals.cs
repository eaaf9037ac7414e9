using System.Runtime.InteropServices;
using RaftKv.Raft;

namespace RaftKv.Node.Driver;

/// <summary>This node's proposals, from their arrival to their one answer.</summary>
/// <remarks>
/// A proposal is unsent until the core takes it, and then sent. A sent one ends when this node applies its entry, or when an entry
/// of a later term is applied here before it. In the second case it was overwritten or never arrived: terms never fall along the
/// log (Raft 5.3), so no entry of its term can follow any more, it can be proposed again and nobody need know. That a forwarded
/// proposal's addressee did not lead is not believed earlier than that, for the message may have been delivered twice, and only the
/// second copy after the leader fell (test A_forwarded_proposal_refused_after_it_was_appended_is_applied_once).
/// </remarks>
internal sealed class PendingProposals(NodeDriverOptions options)
{
    private const int BatchProposalsMax = 1024;
    private const int BatchBytesMax = 1024 * 1024;

    private readonly RequestQueue _all = new(options.RequestTicks);
    private readonly Dictionary<long, ProposalInput> _sent = [];
    private readonly List<Proposal> _batch = [];
    private readonly LoggedEnvelopes _logged = new();
    private List<ProposalInput> _unsent = [];
    private List<ProposalInput> _sending = [];
    private long _lastRequestId;
    private Term _appliedTerm;
    private bool _leaderMissing;

    /// <summary>How many have not ended.</summary>
    public int Count => _all.Count;

    /// <summary>Whether the oldest has waited for more than half of its time.</summary>
    public bool IsBehind(long nowTick) => _all.First is { } oldest && oldest.DeadlineTick - nowTick < (options.RequestTicks + 1) / 2;

    public void Add(ProposalInput proposal, long nowTick)
    {
        _all.Add(proposal, nowTick);
        _unsent.Add(proposal);
    }

    /// <summary>A leader may be known now, so unsent proposals are worth another try.</summary>
    public void TryAgain() => _leaderMissing = false;

    /// <summary>Hands unsent proposals to the core, in batches.</summary>
    public void Flush(RaftCore core)
    {
        if (_unsent.Count == 0 || _leaderMissing)
            return;
        (_sending, _unsent) = (_unsent, _sending);
        int next = 0;
        while (next < _sending.Count)
        {
            int end = TakeBatch(next);
            if (_batch.Count > 0)
                Propose(core, next, end);
            next = end;
        }
        _sending.Clear();
        _batch.Clear();
    }

    /// <summary>The answer to a proposal that was forwarded.</summary>
    public void Answered(ProposalResult answer, RaftCore core)
    {
        if (!_sent.TryGetValue(answer.RequestId, out ProposalInput? proposal))
            return;
        switch (answer.Status)
        {
            // The leader takes a number once, also when it refuses it, so no second copy of the message can be appended.
            case ProposeStatus.TooLarge:
                const string tooLarge = "The command is larger than the leader accepts.";
                Fail(proposal, RaftKvError.TooLarge, tooLarge, WriteOutcome.NotApplied, answer.Leader);
                break;
            case ProposeStatus.Busy:
                Fail(proposal, RaftKvError.Busy, "Too many writes wait at the leader.", WriteOutcome.NotApplied, answer.Leader);
                break;
            // For the same reason a leader that hands over has it nowhere. The next tick or leader is asked, not the same one at once.
            case ProposeStatus.Transferring:
                _leaderMissing = true;
                Revive(proposal);
                break;
            // It never left this node, unless it did before.
            case ProposeStatus.NoLeader when !proposal.WasRepeated:
                Revive(proposal);
                break;
            case ProposeStatus.Unknown when Mutation.Is(Mutant.RetriesWhileUnknown):
                Revive(proposal);
                break;
            // The message or its answer is lost. In the same term the leader recognises the number, so it may be sent once more.
            case ProposeStatus.Unknown when core.Term == proposal.SentIn:
                proposal.WasRepeated = true;
                core.Propose(proposal.RequestId, proposal.Envelope);
                break;
            default:
                break;
        }
    }

    public void Applied(AppliedInput applied)
    {
        foreach (ProposalAnswer answer in applied.Results)
        {
            if (_sent.Remove(answer.RequestId, out ProposalInput? proposal))
            {
                _all.End(proposal);
                proposal.Succeed(answer.Result);
            }
        }
        if (applied.Through.Term > _appliedTerm)
        {
            _appliedTerm = applied.Through.Term;
            ReviveOverwritten();
        }
    }

    /// <summary>State of another member took the place of the log: what was sent may be in it or not.</summary>
    public void Superseded(NodeId leader)
    {
        ProposalInput[] sent = [.. _sent.Values];
        foreach (ProposalInput proposal in sent.OrderBy(proposal => proposal.RequestId))
        {
            const string unknown = "This member was brought up to date by another's state; the write may be in it.";
            WriteOutcome outcome = Mutation.Is(Mutant.SupersededAsNotApplied) ? WriteOutcome.NotApplied : WriteOutcome.Unknown;
            Fail(proposal, RaftKvError.Timeout, unknown, outcome, leader);
        }
    }

    /// <summary>Ends what has waited too long.</summary>
    public void Expire(long nowTick, NodeId leader)
    {
        while (_all.Expired(nowTick) is ProposalInput proposal)
        {
            if (IsSent(proposal) && !Mutation.Is(Mutant.TimeoutAsNotApplied))
                Fail(proposal, RaftKvError.Timeout, "The deadline passed; the write may still happen.", WriteOutcome.Unknown, leader);
            else
                Fail(proposal, RaftKvError.NoLeader, "No leader took the write before the deadline.", WriteOutcome.NotApplied, leader);
        }
        _unsent.RemoveAll(static proposal => proposal.IsOver);
    }

    /// <inheritdoc cref="LoggedEnvelopes.Collect"/>
    public void CollectEnvelopes(RaftCore core, TakenReadys readys, LogIndex applied) =>
        _logged.Collect(core, readys.Last, readys.Done, applied);

    /// <summary>Ends what no leader has taken: it is in no log.</summary>
    public void RefuseUnsent(RaftKvException refusal)
    {
        foreach (ProposalInput proposal in _unsent)
        {
            if (!proposal.IsOver)
                Fail(proposal, refusal.Error, refusal.Message, WriteOutcome.NotApplied, refusal.LeaderHint ?? NodeId.None);
        }
        _unsent.Clear();
    }

    /// <summary>Ends everything: the node stops.</summary>
    public void Stop(RaftKvException reason)
    {
        while (_all.First is ProposalInput proposal)
        {
            WriteOutcome outcome = IsSent(proposal) ? WriteOutcome.Unknown : WriteOutcome.NotApplied;
            Fail(proposal, reason.Error, reason.Message, outcome, NodeId.None, reason.InnerException);
        }
        _unsent.Clear();
    }

    private static bool IsSent(ProposalInput proposal) => proposal.SentIn != Term.Zero;

    // Fills the batch from a place in the list and returns where it ended; what ended meanwhile is left out.
    private int TakeBatch(int next)
    {
        _batch.Clear();
        for (int bytes = 0; next < _sending.Count && _batch.Count < BatchProposalsMax && bytes < BatchBytesMax; next++)
        {
            ProposalInput proposal = _sending[next];
            if (proposal.IsOver)
                continue;
            proposal.RequestId = ++_lastRequestId;
            CommandEnvelope.Seal(proposal.Envelope.Span, options.Self, options.Session, proposal.RequestId);
            _batch.Add(new Proposal(proposal.RequestId, proposal.Envelope));
            bytes += proposal.Bytes;
        }
        return next;
    }

    private void Propose(RaftCore core, int start, int end)
    {
        ProposeResult result = core.Propose(CollectionsMarshal.AsSpan(_batch));
        // The core's term is at least the one the batch was stamped with, and a later one only delays the verdict.
        Term term = core.Term;
        LogIndex index = result.Position.Index;
        for (int i = start; i < end; i++)
        {
            ProposalInput proposal = _sending[i];
            if (proposal.IsOver)
                continue;
            switch (result.Status)
            {
                case ProposeStatus.Appended or ProposeStatus.Forwarded:
                    proposal.SentIn = term;
                    _sent.Add(proposal.RequestId, proposal);
                    if (result.Status == ProposeStatus.Appended)
                        Logged(proposal, result.Position.Term, index);
                    index = index.Next;
                    break;
                case ProposeStatus.NoLeader or ProposeStatus.Transferring or ProposeStatus.NotLeader:
                    _leaderMissing = true;
                    _unsent.Add(proposal);
                    break;
                case ProposeStatus.TooLarge:
                    Fail(proposal, RaftKvError.TooLarge, "The command is larger than the limit.", WriteOutcome.NotApplied, result.Leader);
                    break;
                default:
                    Fail(proposal, RaftKvError.Busy, "Too many writes are waiting already.", WriteOutcome.NotApplied, result.Leader);
                    break;
            }
        }
    }

    private void Logged(ProposalInput proposal, Term term, LogIndex index)
    {
        if (proposal.Lent is not { } lent)
            return;
        _logged.Add(term, index, lent.Pool, lent.Memory);
        proposal.LeaveToLog();
    }

    // Entries of a later term are applied, so whatever was sent in an earlier one and has not been applied never will be.
    private void ReviveOverwritten()
    {
        List<ProposalInput> overwritten = [];
        foreach (ProposalInput proposal in _sent.Values)
        {
            if (proposal.SentIn < _appliedTerm)
                overwritten.Add(proposal);
        }
        overwritten.Sort(static (left, right) => left.RequestId.CompareTo(right.RequestId));
        foreach (ProposalInput proposal in overwritten)
            Revive(proposal);
    }

    private void Revive(ProposalInput proposal)
    {
        _sent.Remove(proposal.RequestId);
        proposal.SentIn = Term.Zero;
        proposal.WasRepeated = false;
        // The old bytes may still be referenced by the log's memory, which must never see them change.
        proposal.CopyEnvelope();
        _unsent.Add(proposal);
    }

    private void Fail(
        ProposalInput proposal, RaftKvError error, string message, WriteOutcome outcome, NodeId leader, Exception? inner = null)
    {
        _sent.Remove(proposal.RequestId);
        _all.End(proposal);
        proposal.Fail(new RaftKvException(message, outcome, leader == NodeId.None ? null : leader, inner) { Error = error });
    }
}
