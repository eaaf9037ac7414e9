using RaftKv.Raft.Membership;
using RaftKv.Raft.Messages;
using RaftKv.Raft.Reads;
using RaftKv.Raft.Replication;

namespace RaftKv.Raft.Roles;

/// <summary>Leads: appends, replicates, commits, confirms reads.</summary>
internal sealed class LeaderRole : RoleState
{
    private readonly Replicator _replicator;
    private readonly ReadConfirmation _reads;
    private readonly MembershipLead _membership;
    private readonly LeadershipTransfer _transfer;
    private readonly TakenRequests _taken;
    private int _ticksSinceHeartbeat;
    private int _ticksSinceQuorumCheck;

    public LeaderRole(Protocol protocol)
        : base(protocol)
    {
        _taken = protocol.TakenFromOthers = new TakenRequests();
        _replicator = new Replicator(protocol);
        _membership = new MembershipLead(protocol, _replicator);
        _transfer = new LeadershipTransfer(protocol, _replicator);
        _reads = new ReadConfirmation(protocol, _replicator, _transfer);
    }

    public override Role Kind => Role.Leader;

    public override bool LeaderInContact => Protocol.Options.CheckQuorum;

    public Replicator Replicator => _replicator;

    public override void Enter()
    {
        // It cannot tell which entries of earlier terms are committed until one of its own is (Raft 8). The founding configuration is in no
        // log: where formats matter the first entry carries it, so that nobody reads a command without knowing the format.
        if (Protocol.Configurations.Index == LogIndex.Zero && Protocol.Options.Formats.Max != LogFormat.First)
            Append(EntryKind.Configuration, ConfigurationCodec.Encode(Protocol.Configuration));
        else
            Append(EntryKind.Noop, default);
    }

    public override void Leave() => _reads.DropAll();

    // The others may have rested as long, or never have heard that they could: a round wakes them and tells who is there.
    public override void Woke()
    {
        _ticksSinceHeartbeat = 0;
        _ticksSinceQuorumCheck = 0;
        _reads.NextRound();
    }

    public override void ConfigurationChanged()
    {
        _replicator.FollowConfiguration();
        _membership.ConfigurationChanged();
        _transfer.ConfigurationChanged();
    }

    public override void FormatsHeard() => _membership.FormatsHeard();

    public override void FoundAmnesia(NodeId node, long incarnation) => _membership.FoundAmnesia(node, incarnation);

    public override void Tick()
    {
        if (Protocol.IsDiskStuck)
        {
            Protocol.Outbox.Add(new DiskStuck { Term = Protocol.Term });
            HandOver();
            return;
        }
        if (++_ticksSinceQuorumCheck >= Protocol.Options.ElectionTicks)
        {
            _ticksSinceQuorumCheck = 0;
            if (!_replicator.TakeQuorumActive() && Protocol.Options.CheckQuorum)
            {
                Protocol.Become(Role.Follower, Protocol.Term, NodeId.None);
                return;
            }
        }
        _membership.Tick();
        _transfer.Tick();
        if (++_ticksSinceHeartbeat < Protocol.Options.HeartbeatTicks)
            return;
        _ticksSinceHeartbeat = 0;
        _replicator.AskWhereNothingMoves();
        if (MayRest())
            ComeToRest();
        else
            _reads.NextRound();
    }

    public override void Persisted() => Protocol.CommitTo(_replicator.Committed());

    public override void Pump()
    {
        _reads.Pump();
        if (!_transfer.IsUnderWay)
            _membership.Pump();
        _replicator.Pump();
        _transfer.Pump();
        if (_membership.IsRemoved)
            HandOver();
    }

    public override ProposeResult Propose(ReadOnlySpan<Proposal> proposals)
    {
        ProposeStatus status = Admit(proposals);
        if (status != ProposeStatus.Appended)
            return new ProposeResult(status, default, Protocol.Self);
        LogPosition first = new(Protocol.Term, Protocol.Log.LastIndex.Next);
        foreach (ref readonly Proposal proposal in proposals)
            Append(EntryKind.Command, proposal.Payload);
        return new ProposeResult(ProposeStatus.Appended, first, Protocol.Self);
    }

    public override ChangeResult Change(ReadOnlySpan<MemberChange> changes, ChangeMode mode) =>
        _transfer.IsUnderWay
            ? new ChangeResult(ChangeStatus.Transferring, ChangeError.None, default, Protocol.Self)
            : _membership.Change(changes, mode);

    public override ChangeResult LeaveJoint() =>
        _transfer.IsUnderWay
            ? new ChangeResult(ChangeStatus.Transferring, ChangeError.None, default, Protocol.Self)
            : _membership.Leave();

    public override ChangeResult RaiseFormat() =>
        _transfer.IsUnderWay
            ? new ChangeResult(ChangeStatus.Transferring, ChangeError.None, default, Protocol.Self)
            : _membership.RaiseFormat();

    public override TransferStatus Transfer(NodeId target) => _transfer.Start(target);

    public override TransferCancelStatus CancelTransfer() => _transfer.Cancel();

    public override ReadStatus Read(long requestId) => _reads.Add(new LeaderRead(Protocol.Self, Protocol.Options.Session, requestId));

    public override void LogRead(LogRange range, ReadOnlyMemory<Entry> entries) => _replicator.LogRead(range, entries);

    public override ReceiveStatus Receive(Message message)
    {
        switch (message.Kind)
        {
            case MessageKind.ReadIndexRequest:
                ReadIndexRequest read = (ReadIndexRequest)message;
                return _reads.Add(new LeaderRead(read.From, read.Session, read.Sequence)) == ReadStatus.Waiting
                    ? ReceiveStatus.Accepted
                    : ReceiveStatus.NotForThisRole;
            case MessageKind.ProposeRequest:
                return Receive((ProposeRequest)message);
            case MessageKind.TransferRequest:
                return Transfer(((TransferRequest)message).Target) == TransferStatus.Started
                    ? ReceiveStatus.Accepted
                    : ReceiveStatus.NotForThisRole;
            case MessageKind.AppendRequest or MessageKind.Heartbeat or MessageKind.SnapshotOffer:
                return ReceiveStatus.Malformed;                                 // nobody else leads in this term
            default:
                break;
        }
        PeerProgress? peer = _replicator.Find(message.From);
        if (peer is null)
            return ReceiveStatus.UnknownSender;
        if (peer.Incarnation != message.Incarnation)
        {
            peer.Incarnation = message.Incarnation;
            _membership.IdentityStated();
        }
        return message.Kind switch
        {
            MessageKind.AppendResponse => Receive(peer, (AppendResponse)message),
            MessageKind.AppendRejection => Receive(peer, (AppendRejection)message),
            MessageKind.SnapshotReport => Receive(peer, (SnapshotReport)message),
            MessageKind.HeartbeatResponse => Receive(peer, (HeartbeatResponse)message),
            _ => ReceiveStatus.NotForThisRole,
        };
    }

    private bool MayRest() =>
        Protocol.Rest.IsDue
        && Protocol.IsAllDone
        && Protocol.HasCommittedInTerm
        && !_transfer.IsUnderWay
        && _reads.IsIdle
        && _membership.IsIdle
        && _replicator.IsEverybodyDone;

    // No lease outlives it: nobody renews the promise that it rests on.
    private void ComeToRest()
    {
        _reads.EndLease();
        _replicator.TellToRest();
        Protocol.Rest.Begin();
    }

    // Somebody who holds the whole log is asked to take over, so that the group need not wait for a timeout.
    private void HandOver()
    {
        _transfer.StartToBest();
        _transfer.Pump();
        Protocol.Become(Role.Follower, Protocol.Term, NodeId.None);
    }

    private ReceiveStatus Receive(PeerProgress peer, AppendResponse response)
    {
        if (response.Match > Protocol.Log.LastIndex)
            return ReceiveStatus.IndexPastEnd;
        peer.Active = true;
        if (_replicator.Acknowledged(peer, response.Match) && response.Match > Protocol.Commit)
            Protocol.CommitTo(_replicator.Committed());
        return ReceiveStatus.Accepted;
    }

    private ReceiveStatus Receive(PeerProgress peer, AppendRejection rejection)
    {
        peer.Active = true;
        LogIndex shared = Protocol.Log.LastNotAbove(rejection.Hint).Index;
        return peer.Rejected(rejection.Previous, shared) ? ReceiveStatus.Accepted : ReceiveStatus.Stale;
    }

    private ReceiveStatus Receive(PeerProgress peer, HeartbeatResponse response)
    {
        if (response.Round > _reads.Round)
            return ReceiveStatus.Malformed;
        peer.Active = true;
        peer.Round = Math.Max(peer.Round, response.Round);
        _reads.Confirm();
        return ReceiveStatus.Accepted;
    }

    private ReceiveStatus Receive(PeerProgress peer, SnapshotReport report)
    {
        peer.Active = true;
        if (peer.State != PeerState.Snapshot)
            return ReceiveStatus.Stale;
        // A failed transfer is offered again with the next heartbeat, like one that is not spoken of.
        peer.SnapshotSilence = 0;
        if (Mutation.Is(Mutant.ReportEndsSnapshot) && !report.Failed)
            peer.Acknowledged(Protocol.Log.Base.Index);
        return ReceiveStatus.Accepted;
    }

    private ReceiveStatus Receive(ProposeRequest request)
    {
        ReadOnlySpan<Proposal> proposals = request.Proposals.Span;
        List<ProposalResult> results = new(proposals.Length);
        for (int i = 0; i < proposals.Length; i++)
        {
            // Refused ones are noted as taken too: the refusal is final for that number, so its proposer may ask again under another.
            ReadOnlySpan<Proposal> one = proposals.Slice(i, 1);
            ProposeStatus status = Admit(one);
            if (!_taken.TryTake(request.From, request.Session, one[0].RequestId))
                continue;
            LogPosition position = status == ProposeStatus.Appended ? Append(EntryKind.Command, one[0].Payload) : default;
            results.Add(new ProposalResult(one[0].RequestId, status, position, Protocol.Self));
        }
        if (results.Count == 0)
            return ReceiveStatus.Stale;
        Protocol.Send(new ProposeResponse
        {
            Header = Protocol.HeaderTo(request.From),
            Session = request.Session,
            Results = results.ToArray(),
        });
        return ReceiveStatus.Accepted;
    }

    private ProposeStatus Admit(ReadOnlySpan<Proposal> proposals)
    {
        if (_transfer.IsUnderWay)
            return ProposeStatus.Transferring;
        foreach (ref readonly Proposal proposal in proposals)
        {
            if (proposal.Payload.Length > Protocol.Options.EntryBytesMax)
                return ProposeStatus.TooLarge;
        }
        bool isFull = Protocol.IsFull || Protocol.Log.UncommittedBytes >= Protocol.Options.UncommittedBytesMax;
        return isFull ? ProposeStatus.Busy : ProposeStatus.Appended;
    }

    private LogPosition Append(EntryKind kind, ReadOnlyMemory<byte> payload)
    {
        LogPosition position = new(Protocol.Term, Protocol.Log.LastIndex.Next);
        Protocol.Append(new Entry(position, kind, payload));
        return position;
    }
}
