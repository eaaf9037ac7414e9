using RaftKv.Raft.Messages;
using RaftKv.Raft.Replication;

namespace RaftKv.Raft.Roles;

/// <summary>
/// A leader handing over (thesis 3.10): it takes no proposals, waits until the target holds its whole log, tells it to campaign at
/// once, and goes on as before if an election timeout later it still leads.
/// </summary>
internal sealed class LeadershipTransfer(Protocol protocol, Replicator replicator)
{
    private NodeId _target;
    private int _ticks;
    private bool _told;

    public bool IsUnderWay => _target != NodeId.None;

    /// <summary>
    /// Whether this reign ever told a member to campaign. That member, and those who vote for it, do not wait for an election
    /// timeout, so a lease is worth nothing from then on.
    /// </summary>
    public bool MayBeUnseated { get; private set; }

    public TransferStatus Start(NodeId target)
    {
        if (target == protocol.Self)
            return TransferStatus.LeadsAlready;
        if (!MayLead(target))
            return TransferStatus.InvalidTarget;
        if (target == _target)
            return TransferStatus.Started;
        (_target, _ticks, _told) = (target, 0, false);
        return TransferStatus.Started;
    }

    public TransferCancelStatus Cancel()
    {
        if (!IsUnderWay)
            return TransferCancelStatus.NotUnderWay;
        Abort();
        return _told ? TransferCancelStatus.MayStillHappen : TransferCancelStatus.Cancelled;
    }

    /// <summary>Starts towards whoever holds most of the log, if anybody may lead.</summary>
    public void StartToBest()
    {
        PeerProgress? best = null;
        foreach (PeerProgress peer in replicator.Peers)
        {
            if (MayLead(peer.Id) && peer.Active && (best is null || peer.Match > best.Match))
                best = peer;
        }
        if (best is not null)
            Start(best.Id);
    }

    public void Tick()
    {
        if (IsUnderWay && ++_ticks >= protocol.Options.ElectionTicks)
            Abort();
    }

    public void ConfigurationChanged()
    {
        if (IsUnderWay && !MayLead(_target))
            Abort();
    }

    public void Pump()
    {
        if (!IsUnderWay || _told || replicator.Find(_target) is not { } peer)
            return;
        if (peer.Match != protocol.Log.LastIndex && !Mutation.Is(Mutant.TransferWithoutCatchUp))
            return;
        _told = true;
        MayBeUnseated = true;
        protocol.Send(new TimeoutNow
        {
            Header = protocol.HeaderTo(_target),
        });
    }

    private bool MayLead(NodeId node) => protocol.Configuration.IsVoter(node) && !protocol.Configuration.IsWitness(node);

    private void Abort()
    {
        protocol.Outbox.Add(new TransferAborted { Term = protocol.Term, Target = _target });
        _target = NodeId.None;
    }
}
