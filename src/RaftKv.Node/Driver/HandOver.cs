using RaftKv.Raft;

namespace RaftKv.Node.Driver;

/// <summary>
/// Hands leadership over (thesis 3.10) for those who asked. The core gives each attempt one election timeout; the next tick makes
/// another one, until somebody else leads or the last wish has expired. Writes that wait get their turn between two attempts.
/// </summary>
internal sealed class HandOver(NodeDriverOptions options)
{
    private readonly RequestQueue _all = new(options.RequestTicks);
    private NodeId? _wanted;

    // The term of the last attempt whose end is not known: who leads after it is not settled.
    private Term _attemptedIn;

    /// <summary>Whom the attempt under way is for, or nobody.</summary>
    public NodeId Target { get; private set; }

    /// <summary>How many wait for it.</summary>
    public int Count => _all.Count;

    public void Add(TransferInput transfer, long nowTick, RaftCore core)
    {
        if (Refusal(transfer.Target, core) is { } refusal)
        {
            transfer.Fail(refusal);
            return;
        }
        _all.Add(transfer, nowTick);
        _wanted = transfer.Target ?? _wanted;
        Attempt(core);
    }

    public void Tick(long nowTick, RaftCore core)
    {
        while (_all.Expired(nowTick) is TransferInput transfer)
            Fail(transfer, RaftKvError.Timeout, "Leadership was not handed over before the deadline.", core.Leader);
        if (_all.Count > 0)
            Attempt(core);
        else
            _wanted = null;
    }

    /// <summary>Begins an attempt unless one is under way. With nobody to be heard of, the next call tries again.</summary>
    public void Attempt(RaftCore core)
    {
        if (Target != NodeId.None || core.Role != Role.Leader)
            return;
        NodeId target = _wanted ?? Best(core.Status);
        if (target != NodeId.None && core.TransferLeadership(target) == TransferStatus.Started)
            (Target, _attemptedIn) = (target, core.Term);
    }

    /// <summary>
    /// For a member that stops: hands over if it leads. True once there is nothing to hand over, or nobody to: it followed, or
    /// another member leads, or it has lost its majority, which it notices within two election timeouts.
    /// </summary>
    public bool IsDone(RaftCore core)
    {
        if (core.Role == Role.Leader)
        {
            if (!HasHeir(core.Status))
                return true;
            // The attempt under way may be for a member that was named; any other is as good from now on.
            _wanted = null;
            Attempt(core);
            return false;
        }
        // In a later term an election runs, and this member's vote may be what it takes.
        bool isElecting = _attemptedIn != Term.Zero && core.Term > _attemptedIn && core.Leader == NodeId.None;
        return !isElecting;
    }

    /// <summary>The attempt under way came to nothing: this member goes on leading.</summary>
    public void Aborted() => Target = NodeId.None;

    /// <summary>This member led when the wishes were made, so whoever else leads now does so in a later term (Raft 5.2).</summary>
    public void LeaderChanged(NodeId leader)
    {
        Target = NodeId.None;
        if (leader == NodeId.None || leader == options.Self)
            return;
        _attemptedIn = Term.Zero;
        while (_all.First is TransferInput transfer)
        {
            _all.End(transfer);
            transfer.Succeed(leader);
        }
        _wanted = null;
    }

    /// <summary>Ends everything: the node stops.</summary>
    public void Stop(RaftKvException reason)
    {
        while (_all.First is TransferInput transfer)
            Fail(transfer, reason.Error, reason.Message, NodeId.None, reason.InnerException);
    }

    private RaftKvException? Refusal(NodeId? target, RaftCore core)
    {
        if (core.Role != Role.Leader)
            return Failure(RaftKvError.NotLeader, $"Member {options.Self} does not lead.", core.Leader);
        if (target == options.Self)
            return Failure(RaftKvError.InvalidTarget, $"Member {target} leads already.", core.Leader);
        if (target is { } named && !MayLead(core.Status, named))
            return Failure(RaftKvError.InvalidTarget, $"Member {named} is no voter that may lead.", core.Leader);
        if (target is not null && _all.Count > 0 && target != _wanted)
            return Failure(RaftKvError.Busy, "Leadership is being handed over already.", core.Leader);
        return null;
    }

    private static bool HasHeir(RaftStatus status)
    {
        foreach (PeerStatus peer in status.Peers)
        {
            if (MayLead(status, peer.Peer))
                return true;
        }
        return false;
    }

    private static NodeId Best(RaftStatus status)
    {
        (NodeId best, LogIndex match) = (NodeId.None, LogIndex.Zero);
        foreach (PeerStatus peer in status.Peers)
        {
            if (peer.Active && MayLead(status, peer.Peer) && (best == NodeId.None || peer.Match > match))
                (best, match) = (peer.Peer, peer.Match);
        }
        return best;
    }

    private static bool MayLead(RaftStatus status, NodeId node) =>
        status.Configuration.IsVoter(node) && !status.Configuration.IsWitness(node);

    private void Fail(TransferInput transfer, RaftKvError error, string message, NodeId leader, Exception? inner = null)
    {
        _all.End(transfer);
        transfer.Fail(Failure(error, message, leader, inner));
    }

    private static RaftKvException Failure(RaftKvError error, string message, NodeId leader, Exception? inner = null) =>
        new(message, WriteOutcome.NotApplied, leader == NodeId.None ? null : leader, inner) { Error = error };
}
