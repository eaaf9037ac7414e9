using RaftKv.Raft.Messages;
using RaftKv.Raft.Reads;
using RaftKv.Raft.Replication;

namespace RaftKv.Raft.Roles;

/// <summary>Follows a leader, forwards proposals and reads to it, and campaigns when it falls silent.</summary>
internal sealed class FollowerRole(Protocol protocol) : RoleState(protocol)
{
    private readonly ForwardedProposals _proposals = new(protocol.Options.ForwardedProposalsMax, 2 * protocol.Options.ElectionTicks);
    private readonly ForwardedReads _reads = new(2 * protocol.Options.ElectionTicks, protocol.NextReadSequence);
    private int _ticksSinceContact;

    public override Role Kind => Role.Follower;

    public override bool LeaderInContact =>
        Protocol.Options.CheckQuorum && Protocol.Leader != NodeId.None && _ticksSinceContact < Protocol.Options.ElectionTicks;

    /// <summary>Word from a leader, or a vote given: the election timeout starts over.</summary>
    public void Heard() => _ticksSinceContact = 0;

    // How long the others have been silent cannot be told: they get an election timeout to be heard of.
    public override void Woke() => Heard();

    public override void Leave()
    {
        DropReads(_reads.TakeAll());
        AnswerProposals(_proposals.TakeUnsentIds(), ProposeStatus.NoLeader);
        AnswerProposals(_proposals.TakeAwaited(), ProposeStatus.Unknown);
    }

    public override void LeaderKnown() => _reads.LeaderChanged();

    public override void Tick()
    {
        DropReads(_reads.Tick());
        AnswerProposals(_proposals.Tick(), ProposeStatus.Unknown);
        _ticksSinceContact++;
        if (_ticksSinceContact >= Protocol.ElectionTimeout)
            Campaign();
    }

    public override ReceiveStatus Receive(Message message)
    {
        switch (message.Kind)
        {
            case MessageKind.AppendRequest:
                HeardFrom(message.From);
                return Appending.Receive(Protocol, (AppendRequest)message);
            case MessageKind.Heartbeat:
                HeardFrom(message.From);
                return Receive((Heartbeat)message);
            case MessageKind.SnapshotOffer:
                HeardFrom(message.From);
                Protocol.SnapshotReceiver.Receive((SnapshotOffer)message);
                return ReceiveStatus.Accepted;
            case MessageKind.TimeoutNow:
                if (!Protocol.MayLead)
                    return ReceiveStatus.NotForThisRole;
                Protocol.Become(Role.Candidate, Protocol.Term.Next, NodeId.None, transfer: true);
                return ReceiveStatus.Accepted;
            case MessageKind.ReadIndexResponse:
                return Receive((ReadIndexResponse)message);
            case MessageKind.ProposeResponse:
                return Receive((ProposeResponse)message);
            case MessageKind.ProposeRequest:
                return RefuseProposals((ProposeRequest)message);
            default:
                return ReceiveStatus.NotForThisRole;
        }
    }

    public override ProposeResult Propose(ReadOnlySpan<Proposal> proposals)
    {
        if (Protocol.Leader == NodeId.None)
            return new ProposeResult(ProposeStatus.NoLeader, default, NodeId.None);
        ProposeStatus status = _proposals.TryAdd(proposals) ? ProposeStatus.Forwarded : ProposeStatus.Busy;
        return new ProposeResult(status, default, Protocol.Leader);
    }

    public override ReadStatus Read(long requestId)
    {
        if (Protocol.Leader == NodeId.None)
            return ReadStatus.NoLeader;
        if (_reads.Count >= Protocol.Options.PendingReadsMax)
            return ReadStatus.Busy;
        _reads.Add(requestId);
        return ReadStatus.Waiting;
    }

    public override TransferStatus Transfer(NodeId target)
    {
        if (Protocol.Leader == NodeId.None)
            return TransferStatus.NoLeader;
        if (target == Protocol.Leader)
            return TransferStatus.LeadsAlready;
        Protocol.Send(new TransferRequest
        {
            Header = Protocol.HeaderTo(Protocol.Leader),
            Target = target,
        });
        return TransferStatus.Forwarded;
    }

    public override void Pump()
    {
        if (Protocol.Leader == NodeId.None)
            return;
        while (_proposals.HasUnsent)
        {
            Protocol.Send(new ProposeRequest
            {
                Header = Protocol.HeaderTo(Protocol.Leader),
                Session = Protocol.Options.Session,
                Proposals = _proposals.TakeUnsent(Protocol.Options.MessageBytesMax),
            });
        }
        if (!_reads.MustAsk)
            return;
        _reads.Asked();
        Protocol.Send(new ReadIndexRequest
        {
            Header = Protocol.HeaderTo(Protocol.Leader),
            Session = Protocol.Options.Session,
            Sequence = _reads.Sequence,
        });
    }

    private void HeardFrom(NodeId leader)
    {
        Heard();
        Protocol.LeaderHeard();
        Protocol.SetLeader(leader);
    }

    private ReceiveStatus Receive(Heartbeat heartbeat)
    {
        // The leader never names more than this member has acknowledged: it lost what it held. If it states its disk identity, its
        // answer tells the leader so; if it does not, no answer is the safe one.
        bool lostEntries = heartbeat.Commit > Protocol.Log.LastIndex;
        if (lostEntries && Protocol.Options.Incarnation == 0)
            return ReceiveStatus.IndexPastEnd;
        if (!lostEntries)
            Protocol.CommitTo(LogIndex.Min(heartbeat.Commit, Protocol.Shared));
        if (heartbeat.Round > 0)
            Protocol.Send(Protocol.Messages.Echo(heartbeat.From, Protocol.Term, heartbeat.Round));
        if (heartbeat.Quiesce)
            RestOrSayWhyNot(heartbeat);
        return lostEntries ? ReceiveStatus.IndexPastEnd : ReceiveStatus.Accepted;
    }

    // Any answer wakes the leader: the group is not at rest while one member is not.
    private void RestOrSayWhyNot(Heartbeat heartbeat)
    {
        bool isIdle = _reads.Count == 0 && _proposals.IsEmpty;
        if (isIdle && heartbeat.Commit == Protocol.Log.LastIndex && Protocol.IsAllDone)
            Protocol.Rest.Begin();
        else
            Protocol.Send(Protocol.Messages.Echo(heartbeat.From, Protocol.Term, round: 0));
    }

    private ReceiveStatus Receive(ReadIndexResponse response)
    {
        if (response.Session != Protocol.Options.Session)
            return ReceiveStatus.Stale;
        IReadOnlyList<long> served = _reads.Answered(response.Sequence);
        foreach (long requestId in served)
            Protocol.Outbox.Add(new ReadResult(requestId, ReadOutcome.Confirmed, response.Index));
        return served.Count > 0 ? ReceiveStatus.Accepted : ReceiveStatus.Stale;
    }

    private ReceiveStatus Receive(ProposeResponse response)
    {
        if (response.Session != Protocol.Options.Session)
            return ReceiveStatus.Stale;
        foreach (ref readonly ProposalResult result in response.Results.Span)
        {
            if (_proposals.Answered(result.RequestId))
                Protocol.Outbox.Add(result);
        }
        return ReceiveStatus.Accepted;
    }

    private void DropReads(IReadOnlyList<long> requestIds)
    {
        for (int i = 0; i < requestIds.Count; i++)
            Protocol.Outbox.Add(new ReadResult(requestIds[i], ReadOutcome.Dropped, default));
    }

    private void AnswerProposals(IReadOnlyList<long> requestIds, ProposeStatus status)
    {
        for (int i = 0; i < requestIds.Count; i++)
            Protocol.Outbox.Add(new ProposalResult(requestIds[i], status, default, Protocol.Leader));
    }
}
