using RaftKv.Raft.Roles;

namespace RaftKv.Raft.Reads;

/// <summary>
/// The time for which a quorum has promised not to elect anybody else (thesis 6.4.1): it refuses votes for an election timeout
/// after word from the leader, counted from when a round that it echoed was sent.
/// </summary>
internal sealed class LeaderLease(Protocol protocol)
{
    // One tick may have passed almost whole before the round was sent, and one may be almost over now.
    private const int TickRoundings = 2;
    private const long Never = long.MinValue / 2;

    private readonly Queue<SentRound> _sent = new();
    private long _heldSince = Never;

    public bool IsHeld =>
        (Mutation.Is(Mutant.LeaseWithoutTime) && _heldSince >= 0)
        || protocol.Now - _heldSince + TickRoundings + protocol.Options.LeaseDriftTicks <= protocol.Options.ElectionTicks;

    public void Sent(long round)
    {
        _sent.Enqueue(new SentRound(round, protocol.Now));
        if (_sent.Count > 2 * protocol.Options.ElectionTicks)
            _sent.Dequeue();
    }

    /// <summary>It is held no more, and rounds sent so far renew it no more.</summary>
    public void End()
    {
        if (Mutation.Is(Mutant.LeaseThroughRest))
            return;
        _sent.Clear();
        _heldSince = Never;
    }

    public void Confirmed(long round)
    {
        while (_sent.TryPeek(out SentRound sent) && sent.Round <= round)
            _heldSince = Mutation.Is(Mutant.LeaseFromEcho) ? Math.Max(protocol.Now, _sent.Dequeue().Tick) : _sent.Dequeue().Tick;
    }

    private readonly record struct SentRound(long Round, long Tick);
}
