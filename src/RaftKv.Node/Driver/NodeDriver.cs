using RaftKv.Node.Transport;
using RaftKv.Raft;
using RaftKv.Raft.Membership;
using RaftKv.Raft.Messages;

namespace RaftKv.Node.Driver;

/// <summary>
/// One member without threads: inputs go in through <see cref="Handle"/>, and <see cref="Pump"/> hands the work that follows to
/// the log, the transport and the machine. The runtime and the simulator run this very code.
/// </summary>
/// <remarks>
/// Not thread-safe: one owner calls it. The order that safety needs is kept by what is handed over, not by who runs it: messages
/// that promise something travel inside the <see cref="Ready"/> given to <see cref="ILogSink.Persist"/> and leave after its write.
/// </remarks>
public sealed class NodeDriver
{
    // More than any election timeout has.
    private const int CampaignTicksMax = 100_000;

    private readonly RaftCore _core;
    private readonly ILogSink _log;
    private readonly IApplySink _machine;
    private readonly ITransport _transport;
    private readonly INodeObserver _observer;
    private readonly PendingProposals _proposals;
    private readonly PendingReads _reads;
    private readonly HandOver _handOver;
    private readonly Membership _membership;
    private readonly FormatGate _formats;
    private readonly LogRetention _retention;
    private readonly Installation _installation;
    private readonly AppliedAnnouncement _announcement;
    private readonly Attestation _attestation;
    private readonly NodeDriverOptions _options;

    // Null with a transport that reads messages later.
    private readonly TakenReadys? _readys;
    private readonly NodeId _self;
    private readonly Action<Configuration>? _membersChanged;
    private readonly int _stopTicks;
    private readonly long _incarnation;
    private Mending? _mending;

    // Reported with the next tick: the core answers a report with a message, which a full queue would drop and report at once.
    private readonly SortedSet<NodeId> _unreachable = [];
    private long _tick;
    private long? _stopAtTick;
    private bool _isResting;

    // A leader became known while work was handed on, or takes work again: what waited for that goes to it in the same pump.
    private bool _askAgain;

    /// <summary>Joins a core to its surroundings.</summary>
    public NodeDriver(
        NodeDriverOptions options, RaftCore core, ILogSink log, IApplySink machine, ITransport transport, INodeObserver observer)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _core = core;
        _log = log;
        _machine = machine;
        _transport = transport;
        _observer = observer;
        _proposals = new PendingProposals(options);
        _reads = new PendingReads(options);
        _handOver = new HandOver(options);
        RaftStatus start = core.Status;
        _membership = new Membership(options, start);
        _formats = new FormatGate(start, core);
        _installation = new Installation(options, core, log, machine, transport, observer);
        _retention = new LogRetention(options, start);
        _announcement = new AppliedAnnouncement(transport, options.Group);
        _attestation = new Attestation(options, transport, observer);
        _attestation.Follow(start.Configuration);
        _readys = transport.KeepsMessages ? null : new TakenReadys(core);
        (_self, _stopTicks, _incarnation) = (options.Self, options.StopTicks, options.Incarnation);
        Applied = start.Applied;
        Leader = start.Leader;
        _membersChanged = options.MembersChanged;
        _membersChanged?.Invoke(start.Configuration);
        if (Refuses(start.Configuration))
            return;
        if (!options.Damage.IsNone)
        {
            _mending = new LogRepair(options, options.Damage, start.Configuration, log, transport, observer);
            observer.LogDamaged(options.Damage);
        }
        else if (options.IsDistrusted)
            _mending = Rebuild();
        else
            CampaignAtOnceWhenAlone(start);
    }

    /// <summary>Why the driver stopped; null while it works. A stopped driver refuses requests and ignores everything else.</summary>
    public RaftKvException? StopReason { get; private set; }

    /// <summary>
    /// Whether damage in the log is being mended (<see cref="NodeDriverOptions.Damage"/>). Until then requests are refused, and nothing
    /// is sent or taken that the protocol knows of.
    /// </summary>
    public bool IsRepairing => _mending is LogRepair { IsOver: false };

    /// <summary>
    /// Whether the machine's state is not what the majority of the members holds: no request is taken any more, and once another member
    /// leads nothing is sent or taken that the protocol knows of, until another's state has taken its place. A damaged log is mended first.
    /// </summary>
    public bool IsRebuilding => !Mutation.Is(Mutant.AnswersThoughDiverged)
        && (_mending is StateRebuild { IsOver: false } || _attestation.Diverged is not null || (_options.IsDistrusted && IsRepairing));

    /// <summary>Whether this member leads and found that states differ while none of them is a majority's.</summary>
    public bool IsStateDisputed => _attestation.IsDisputed;

    /// <summary>
    /// Whether the damaged log was mended, or the state replaced: this driver does nothing more, and another one goes on, as another run of
    /// the member, from what log and machine hold now.
    /// </summary>
    public bool IsMended => _mending is { IsOver: true } && StopReason is null;

    /// <summary>The last entry the machine has applied.</summary>
    public LogIndex Applied { get; private set; }

    /// <summary>The log format that is active: that of the last configuration known to be committed here.</summary>
    public LogFormat ActiveFormat => _formats.Active;

    /// <summary>The leader known here, or nobody.</summary>
    public NodeId Leader { get; private set; }

    /// <summary>What this member is doing.</summary>
    public Role Role { get; private set; }

    /// <summary>The current term.</summary>
    public Term Term => _core.Term;

    /// <summary>The last entry known to be committed.</summary>
    public LogIndex Commit => _core.Commit;

    /// <summary>How many proposals of this node have not ended.</summary>
    public int PendingProposals => _proposals.Count;

    /// <summary>Whether a proposal has waited for more than half of its time: more come in than are served, or no leader takes them.</summary>
    public bool IsBehind => _proposals.IsBehind(_tick);

    /// <summary>How many reads of this node have not ended.</summary>
    public int PendingReads => _reads.Count;

    /// <summary>
    /// Whether the group rests (<see cref="RaftStatus.IsQuiesced"/>) and nobody waits for anything here: then nothing urgent follows from
    /// ticks, which may come late and several at once, but before whatever else comes in.
    /// </summary>
    public bool IsAtRest =>
        _isResting && StopReason is null && _stopAtTick is null && _unreachable.Count == 0 && !_installation.IsUnderWay && !IsRebuilding
        && _proposals.Count == 0 && _reads.Count == 0 && _handOver.Count == 0 && _membership.Count == 0;

    /// <inheritdoc cref="RaftCore.UnwrittenBytes"/>
    public long UnwrittenBytes => _core.UnwrittenBytes;

    /// <inheritdoc cref="RaftCore.HeldBytes"/>
    public long HeldBytes => _core.HeldBytes;

    /// <inheritdoc cref="RaftCore.IsHeldBack"/>
    public bool IsHeldBack => _core.IsHeldBack;

    /// <summary>The core's state; costs an allocation.</summary>
    public RaftStatus Status => _core.Status;

    /// <inheritdoc cref="RaftCore.Limit"/>
    public void Limit(in EntryLimits limits) => _core.Limit(in limits);

    /// <summary>Takes one input. Its consequences leave with the next <see cref="Pump"/>.</summary>
    public void Handle(NodeInput input)
    {
        if (StopReason is not null)
            Refuse(input, StopReason);
        else if (input is FaultInput fault)
            Stop(fault.Reason);
        else if (_mending is not null)
            HandleMeanwhile(input, _mending);
        else if (_attestation.Diverged is not null && input is RequestInput or StateOpenedInput)
            Refuse(input, StopReasons.Rebuilding());
        else if (_stopAtTick is not null && input is RequestInput)
            Refuse(input, StopReasons.Stopping());
        else
            HandleAtWork(input);
    }

    private void HandleAtWork(NodeInput input)
    {
        switch (input)
        {
            // What is lost now is repeated when the core works again.
            case MessagesInput when _installation.IsUnderWay:
                break;
            case MessagesInput arrived:
                foreach (Message message in arrived.Messages)
                    Receive(message);
                break;
            case ProposalInput proposal:
                _proposals.Add(proposal, _tick);
                break;
            case ReadInput read:
                _reads.Add(read, _tick);
                break;
            case TransferInput transfer:
                _handOver.Add(transfer, _tick, _core);
                break;
            case MembershipInput wish:
                _membership.Add(wish, _tick, _core);
                break;
            case MembersHeardInput heard:
                if (_membership.Heard(heard.From, heard.Notice))
                    Stop(StopReasons.Removed(_self));
                break;
            case PersistedInput persisted:
                _core.Persisted(persisted.ReadyNumber);
                _readys?.Persisted(persisted.ReadyNumber);
                break;
            case AppliedInput applied:
                HandleApplied(applied);
                break;
            case TickInput:
                HandleTick();
                break;
            case LogReadInput read:
                _core.LogRead(read.Range, read.Entries);
                break;
            case PeerAppliedInput peer:
                _retention.PeerApplied(peer.Peer, peer.Applied);
                break;
            case PeerUnreachableInput peer:
                _unreachable.Add(peer.Peer);
                break;
            case StopInput:
                _stopAtTick ??= _tick + _stopTicks;
                break;
            case RepairHeardInput { Notice: var notice } heard:
                HandleRepair(heard.From, notice);
                break;
            case AttestedInput or AttestationHeardInput:
                HandleAttestation(input);
                break;
            default:
                HandleLogsExtent(input);
                break;
        }
    }

    /// <summary>Hands on everything that follows from the inputs so far. The caller then lets the transport flush.</summary>
    public void Pump()
    {
        if (StopReason is not null || _installation.IsUnderWay || _mending is not null)
            return;
        _readys?.HandBack();
        do
        {
            _askAgain = false;
            _proposals.Flush(_core);
            _reads.Flush(_core);
            while (StopReason is null && !_installation.IsUnderWay && _core.HasReady)
                Dispatch(_core.TakeReady());
            if (_installation.IsUnderWay)
                return;
            _formats.Follow(_core.Commit, _observer);
            _askAgain |= _membership.Work(_core) && _core.HasReady;
            if (_stopAtTick is not null && StopReason is null)
                GoOnStopping();
        }
        while (_askAgain && StopReason is null);
        if (_readys is not null && StopReason is null && !_core.HasReady)
            _proposals.CollectEnvelopes(_core, _readys, Applied);
        // What it owed the others before it left is on its way.
        if (_membership.IsRemoved(_core.Commit))
            Stop(StopReasons.Removed(_self));
        if (_attestation.Diverged is { } slice && StopReason is null && Role != Role.Leader)
            Isolate(slice);
    }

    /// <summary>Ends every request and refuses all later ones. Calling it again changes nothing.</summary>
    /// <param name="reason">What later requests are told; its outcome is replaced by what is true for each.</param>
    public void Stop(RaftKvException reason)
    {
        ArgumentNullException.ThrowIfNull(reason);
        if (StopReason is not null)
            return;
        StopReason = reason;
        EndRequests(reason);
        _mending?.Stop();
        _observer.Stopped(reason);
    }

    private void EndRequests(RaftKvException reason)
    {
        _proposals.Stop(reason);
        _reads.Stop(reason);
        _handOver.Stop(reason);
        _membership.Stop(reason);
        _installation.Stop();
    }

    // The election timeout gives an earlier leader the time to be heard of. A sole voter has nobody to wait for.
    private void CampaignAtOnceWhenAlone(RaftStatus start)
    {
        if (start.Configuration.Voters is not [var voter] || start.Configuration.IsJoint || voter != start.Self)
            return;
        for (int ticks = 0; _core.Role == Role.Follower && ticks < CampaignTicksMax; ticks++)
            _core.Tick();
    }

    private void Refuse(NodeInput input, RaftKvException reason)
    {
        (input as StateOpenedInput)?.Refuse();
        if (input is RequestInput request)
        {
            request.Fail(new RaftKvException(reason.Message, WriteOutcome.NotApplied, LeaderElsewhere, reason.InnerException)
            {
                Error = reason.Error,
            });
        }
    }

    // Whom to turn to when this member takes nothing: the leader, or who is to lead after it.
    private NodeId? LeaderElsewhere
    {
        get
        {
            NodeId leader = Leader == _self ? _handOver.Target : Leader;
            return leader == NodeId.None ? null : leader;
        }
    }

    // What no leader has taken is refused, for it may take long. What was sent ends first; then others need a leader.
    private void GoOnStopping()
    {
        RaftKvException refusal = new(StopReasons.Stopping().Message, WriteOutcome.NotApplied, LeaderElsewhere)
        {
            Error = RaftKvError.Stopped,
        };
        _proposals.RefuseUnsent(refusal);
        _reads.RefuseUnasked(refusal);
        bool isReady = _proposals.Count == 0 && _reads.Count == 0 && _handOver.IsDone(_core);
        if (isReady || _tick >= _stopAtTick)
            Stop(StopReasons.Stopped());
        else
            _askAgain |= _core.HasReady;
    }

    private void HandleTick()
    {
        _tick++;
        if (_installation.IsUnderWay)
        {
            _proposals.Expire(_tick, Leader);
            _reads.Expire(_tick, Leader);
            return;
        }
        foreach (NodeId peer in _unreachable)
            _core.ReportUnreachable(peer);
        _unreachable.Clear();
        _formats.Tick(_core, _transport);
        _core.Tick();
        _proposals.TryAgain();
        _reads.TryAgain();
        _proposals.Expire(_tick, Leader);
        _reads.Expire(_tick, Leader);
        _handOver.Tick(_tick, _core);
        if (_attestation.Diverged is not null)
            _handOver.Attempt(_core);
        _attestation.Tick(_tick, _core, Applied, ActiveFormat);
        _membership.Tick(_tick, _core, _transport);
        _announcement.Tick(_tick, _retention.Durable(Applied));
        if (_retention.Next(Applied, _tick) is { } through)
            _log.Release(through);
    }

    private void HandleMeanwhile(NodeInput input, Mending mending)
    {
        switch (input)
        {
            case MessagesInput arrived:
                foreach (Message message in arrived.Messages)
                    mending.Receive(message);
                break;
            case TickInput:
                mending.Tick();
                break;
            case RepairHeardInput heard:
                mending.Heard(heard.From, heard.Notice);
                break;
            case MembersHeardInput heard:
                mending.Heard(heard.From, heard.Notice);
                break;
            case StopInput:
                Stop(StopReasons.Stopped());
                break;
            case StateFetchedInput fetched when Refuses(fetched.Description.Configuration):
                break;
            default:
                if (!mending.Handle(input))
                    Refuse(input, mending.Meanwhile);
                break;
        }
        if (mending.Refusal is { } refusal)
            Stop(refusal);
    }

    private void HandleAttestation(NodeInput input)
    {
        bool wasSound = _attestation.Diverged is null;
        if (input is AttestedInput own)
            _attestation.Take(own, Leader, _tick, _log);
        else if (input is AttestationHeardInput heard)
            _attestation.Heard(heard.From, heard.Notice, _log);
        if (!wasSound || _attestation.Diverged is null)
            return;
        // What waits would be answered from what is not to be trusted. A leader goes on leading until another does.
        _proposals.Stop(StopReasons.Rebuilding());
        _reads.Stop(StopReasons.Rebuilding());
        _handOver.Attempt(_core);
    }

    private void Isolate(AttestedInput slice)
    {
        if (_attestation.Rebuilds >= Persistence.NodeState.RebuildsMax)
        {
            _log.Distrust();
            string begins = Attestation.Describe(slice);
            Stop(StopReasons.DivergesAgain(_self, slice.Position, begins, isUnreadable: slice.Damage is not null, _attestation.Rebuilds));
            return;
        }
        EndRequests(StopReasons.Rebuilding());
        StateRebuild rebuild = Rebuild();
        _mending = rebuild;
        rebuild.Begin();
    }

    private StateRebuild Rebuild() =>
        new(_options, _core, _membership, _installation.LastFetch, _log, _machine, _transport, _observer);

    // While the log is being replaced nothing else is asked of it: the question comes again. A leader of a group at rest must be heard.
    private void HandleRepair(NodeId from, RepairNotice notice)
    {
        _membership.HeardFrom(from);
        if (notice is RepairAsk ask && !_installation.IsUnderWay)
            _log.Serve(from, ask);
        if (Role == Role.Leader)
            _unreachable.Add(from);
    }

    private void Receive(Message message)
    {
        _membership.HeardFrom(message.From);
        _core.Receive(message);
    }

    private void HandleLogsExtent(NodeInput input)
    {
        switch (input)
        {
            case CheckpointedInput checkpointed:
                _retention.Checkpointed(checkpointed.Durable.Index);
                break;
            case ReleasedInput released:
                _core.Compacted(released.Base);
                _retention.Released(released.Base.Index);
                break;
            case StateFetchedInput fetched when Refuses(fetched.Description.Configuration):
                break;
            case StateInput state:
                _installation.Handle(state);
                break;
            case InstallBegunInput:
                _installation.Begun();
                break;
            case MachineInstalledInput installed:
                _retention.Checkpointed(installed.Durable.Index);
                _installation.MachineHasIt();
                break;
            case InstallEndedInput:
                HandleInstalled();
                break;
            case StateOpenedInput opened:
                HandleOpened(opened);
                break;
            // Noted for the next start: the machine has failed, and word of that follows.
            case StateDistrustedInput:
                break;
            case StateClosedInput closed:
                _retention.Sent(closed.Position.Index, _tick);
                break;
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    // What this member proposed may be within the state, answered by nobody.
    private void HandleInstalled()
    {
        LogPosition installed = _installation.End();
        Applied = installed.Index;
        _retention.Installed(Applied);
        _attestation.Replaced();
        _proposals.Superseded(Leader);
        _reads.Applied(Applied);
    }

    private void HandleOpened(StateOpenedInput opened)
    {
        RaftStatus status = _core.Status;
        if (opened.Position.Index < status.Base.Index)
        {
            opened.Refuse();
            return;
        }
        _retention.Sending(opened.Position.Index);
        opened.Admit(_core.ConfigurationAt(opened.Position.Index));
    }

    private void HandleApplied(AppliedInput applied)
    {
        Invariant.Check(applied.Through.Index > Applied);
        Applied = applied.Through.Index;
        _core.Applied(Applied);
        _proposals.Applied(applied);
        _reads.Applied(Applied);
    }

    private void Dispatch(Ready ready)
    {
        if (Refuses(ready))
            return;
        // The leader's appends leave beside its own write (thesis 10.2.1); promises travel with the write.
        foreach (Message message in ready.SendNow.Span)
            _transport.Send(message);
        bool isForLog = ready.Persist is not null || ready.SendAfterPersist.Length > 0;
        if (isForLog)
            _log.Persist(ready);
        if (ready.Apply.Length > 0)
        {
            _retention.Applying(ready.Apply.Span);
            _machine.Apply(ready.Apply);
        }
        foreach (LogRange range in ready.ReadLog.Span)
            _log.Read(range);
        foreach (ProposalResult answer in ready.Proposals.Span)
            _proposals.Answered(answer, _core);
        foreach (ReadResult answer in ready.Reads.Span)
            _reads.Answered(answer, Applied);
        foreach (RaftEvent happening in ready.Events.Span)
            Observe(happening);
        foreach (SnapshotOrder order in ready.Snapshots.Span)
            _installation.Order(order);
        _readys?.Add(ready, isForLog);
    }

    // Looked at before anything is written: an entry that this build cannot follow is not acknowledged by it either.
    private bool Refuses(Ready ready)
    {
        foreach (RaftEvent happening in ready.Events.Span)
        {
            if (happening is ConfigurationChanged changed && Refuses(changed.Configuration))
                return true;
        }
        foreach (SnapshotOrder order in ready.Snapshots.Span)
        {
            if (Refuses(order.Configuration))
                return true;
        }
        return false;
    }

    private bool Refuses(Configuration configuration)
    {
        if (_formats.Refusal(configuration) is not { } refusal)
            return false;
        Stop(refusal);
        return true;
    }

    private void Observe(RaftEvent happening)
    {
        switch (happening)
        {
            case LeaderChanged changed:
                Leader = changed.Leader;
                _handOver.LeaderChanged(Leader);
                TryAgain();
                break;
            case ConfigurationChanged changed:
                _membership.Changed(changed);
                _formats.Changed(changed);
                _retention.Follow(changed.Configuration);
                _attestation.Follow(changed.Configuration);
                _membersChanged?.Invoke(changed.Configuration);
                break;
            case TransferAborted:
                _handOver.Aborted();
                TryAgain();
                break;
            case RoleChanged changed:
                Role = changed.Current;
                break;
            case QuiesceChanged changed:
                _isResting = changed.IsQuiesced;
                break;
            case MessageRefused { Status: ReceiveStatus.IndexPastEnd, Kind: MessageKind.Heartbeat }
                when _membership.IsOnRecord(_incarnation) && !Mutation.Is(Mutant.OlderCopyIgnored):
                _log.Doubt();
                Stop(StopReasons.OlderCopy(_self));
                break;
            case CoreFaulted faulted:
                Stop(new RaftKvException($"The protocol core stopped: {faulted.Reason}", WriteOutcome.NotApplied)
                {
                    Error = RaftKvError.Faulted,
                });
                break;
            default:
                break;
        }
        _observer.Happened(happening);
    }

    private void TryAgain()
    {
        _proposals.TryAgain();
        _reads.TryAgain();
        _askAgain = true;
    }
}
