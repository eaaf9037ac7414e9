using RaftKv.Node.Transport;
using RaftKv.Raft;
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

    private readonly NodeId _self;
    private readonly RaftCore _core;
    private readonly Surroundings _around;
    private readonly Standing _standing;
    private readonly Membership _membership;
    private readonly FormatGate _formats;
    private readonly Installation _installation;
    private readonly Attestation _attestation;
    private readonly OpenRequests _requests;
    private readonly Stopping _stopping;
    private readonly Mender _mender;
    private readonly LogExtent _extent;
    private readonly ReadyDispatch _dispatch;

    // Null with a transport that reads messages later.
    private readonly TakenReadys? _readys;

    // Reported with the next tick: the core answers a report with a message, which a full queue would drop and report at once.
    private readonly SortedSet<NodeId> _unreachable = [];

    /// <summary>Joins a core to its surroundings.</summary>
    public NodeDriver(
        NodeDriverOptions options, RaftCore core, ILogSink log, IApplySink machine, ITransport transport, INodeObserver observer)
    {
        ArgumentNullException.ThrowIfNull(options);
        (_self, _core, _around) = (options.Self, core, new Surroundings(log, machine, transport, observer));
        RaftStatus start = core.Status;
        _standing = new Standing(start);
        _membership = new Membership(options, start);
        _formats = new FormatGate(start, core);
        _installation = new Installation(options, core, log, machine, transport, observer);
        _attestation = new Attestation(options, transport, observer);
        _attestation.Follow(start.Configuration);
        _requests = new OpenRequests(options, core, _membership, _standing);
        _stopping = new Stopping(options, core, _requests, _installation, _formats, _standing, observer);
        _mender = new Mender(options, core, _around, _membership, _installation, _attestation, _requests, _stopping, _standing);
        LogRetention retention = new(options, start);
        _extent = new LogExtent(options, core, _around, retention, _installation, _attestation, _requests, _stopping, _standing);
        EventFollower events = new(options, _around, _requests, _membership, _formats, retention, _attestation, _stopping, _standing);
        _readys = transport.KeepsMessages ? null : new TakenReadys(core);
        _dispatch = new ReadyDispatch(_around, core, _requests, retention, _installation, events, _readys, _stopping, _standing);
        options.MembersChanged?.Invoke(start.Configuration);
        if (!_stopping.StopsUnder(start.Configuration) && !_mender.Begin(start.Configuration))
            CampaignAtOnceWhenAlone(start);
    }

    /// <summary>Why the driver stopped; null while it works. A stopped driver refuses requests and ignores everything else.</summary>
    public RaftKvException? StopReason => _stopping.Reason;

    /// <summary>
    /// Whether damage in the log is being mended (<see cref="NodeDriverOptions.Damage"/>). Until then requests are refused, and nothing
    /// is sent or taken that the protocol knows of.
    /// </summary>
    public bool IsRepairing => _mender.IsRepairing;

    /// <summary>
    /// Whether the machine's state is not what the majority of the members holds: no request is taken any more, and once another member
    /// leads nothing is sent or taken that the protocol knows of, until another's state has taken its place. A damaged log is mended first.
    /// </summary>
    public bool IsRebuilding => _mender.IsRebuilding;

    /// <summary>Whether this member leads and found that states differ while none of them is a majority's.</summary>
    public bool IsStateDisputed => _attestation.IsDisputed;

    /// <summary>
    /// Whether the damaged log was mended, or the state replaced: this driver does nothing more, and another one goes on, as another run of
    /// the member, from what log and machine hold now.
    /// </summary>
    public bool IsMended => _mender.IsOver && StopReason is null;

    /// <summary>The last entry the machine has applied.</summary>
    public LogIndex Applied => _standing.Applied;

    /// <summary>The log format that is active: that of the last configuration known to be committed here.</summary>
    public LogFormat ActiveFormat => _formats.Active;

    /// <summary>The leader known here, or nobody.</summary>
    public NodeId Leader => _standing.Leader;

    /// <summary>What this member is doing.</summary>
    public Role Role => _standing.Role;

    /// <summary>The current term.</summary>
    public Term Term => _core.Term;

    /// <summary>The last entry known to be committed.</summary>
    public LogIndex Commit => _core.Commit;

    /// <summary>How many proposals of this node have not ended.</summary>
    public int PendingProposals => _requests.Proposals.Count;

    /// <summary>Whether a proposal has waited for more than half of its time: more come in than are served, or no leader takes them.</summary>
    public bool IsBehind => _requests.Proposals.IsBehind(_standing.Tick);

    /// <summary>How many reads of this node have not ended.</summary>
    public int PendingReads => _requests.Reads.Count;

    /// <summary>
    /// Whether the group rests (<see cref="RaftStatus.IsQuiesced"/>) and nobody waits for anything here: then nothing urgent follows from
    /// ticks, which may come late and several at once, but before whatever else comes in.
    /// </summary>
    public bool IsAtRest =>
        _standing.IsResting && StopReason is null && !_stopping.IsAsked && _unreachable.Count == 0 && !_installation.IsUnderWay
        && !IsRebuilding && _requests.Count == 0;

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
        if (StopReason is { } reason)
            _stopping.Refuse(input, reason);
        else if (input is FaultInput fault)
            Stop(fault.Reason);
        else if (_standing.Mending is { } mending)
            _mender.Handle(input, mending);
        else if (_attestation.Diverged is not null && input is RequestInput or StateOpenedInput)
            _stopping.Refuse(input, StopReasons.Rebuilding());
        else if (_stopping.IsAsked && input is RequestInput)
            _stopping.Refuse(input, StopReasons.Stopping());
        else
            HandleAtWork(input);
    }

    /// <summary>Hands on everything that follows from the inputs so far. The caller then lets the transport flush.</summary>
    public void Pump()
    {
        if (StopReason is not null || _installation.IsUnderWay || _standing.Mending is not null)
            return;
        _readys?.HandBack();
        do
        {
            _requests.Ask();
            while (StopReason is null && !_installation.IsUnderWay && _core.HasReady)
                _dispatch.Dispatch(_core.TakeReady());
            if (_installation.IsUnderWay)
                return;
            _formats.Follow(_core.Commit, _around.Observer);
            _requests.MustAskAgain |= _membership.Work(_core) && _core.HasReady;
            if (_stopping.IsAsked && StopReason is null)
                _stopping.GoOn();
        }
        while (_requests.MustAskAgain && StopReason is null);
        if (_readys is not null && StopReason is null && !_core.HasReady)
            _requests.Proposals.CollectEnvelopes(_core, _readys, Applied);
        // What it owed the others before it left is on its way.
        if (_membership.IsRemoved(_core.Commit))
            Stop(StopReasons.Removed(_self));
        _mender.IsolateIfDiverged();
    }

    /// <summary>Ends every request and refuses all later ones. Calling it again changes nothing.</summary>
    /// <param name="reason">What later requests are told; its outcome is replaced by what is true for each.</param>
    public void Stop(RaftKvException reason)
    {
        ArgumentNullException.ThrowIfNull(reason);
        _stopping.Stop(reason);
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
            case RequestInput request:
                _requests.Add(request);
                break;
            case MembersHeardInput heard:
                if (_membership.Heard(heard.From, heard.Notice))
                    Stop(StopReasons.Removed(_self));
                break;
            case PersistedInput persisted:
                _core.Persisted(persisted.ReadyNumber);
                _readys?.Persisted(persisted.ReadyNumber);
                break;
            case TickInput:
                HandleTick();
                break;
            case LogReadInput read:
                _core.LogRead(read.Range, read.Entries);
                break;
            case PeerUnreachableInput peer:
                _unreachable.Add(peer.Peer);
                break;
            case StopInput:
                _stopping.Ask();
                break;
            case RepairHeardInput { Notice: var notice } heard:
                HandleRepair(heard.From, notice);
                break;
            case AttestedInput or AttestationHeardInput:
                _mender.HandleAttestation(input);
                break;
            default:
                _extent.Handle(input);
                break;
        }
    }

    private void Receive(Message message)
    {
        _membership.HeardFrom(message.From);
        _core.Receive(message);
    }

    private void HandleTick()
    {
        _standing.Tick++;
        if (_installation.IsUnderWay)
        {
            _requests.Expire();
            return;
        }
        foreach (NodeId peer in _unreachable)
            _core.ReportUnreachable(peer);
        _unreachable.Clear();
        _formats.Tick(_core, _around.Transport);
        _core.Tick();
        _requests.TryAgain();
        _requests.Expire();
        _requests.HandOver.Tick(_standing.Tick, _core);
        if (_attestation.Diverged is not null)
            _requests.HandOver.Attempt(_core);
        _attestation.Tick(_standing.Tick, _core, Applied, ActiveFormat);
        _membership.Tick(_standing.Tick, _core, _around.Transport);
        _extent.Tick();
    }

    // While the log is being replaced nothing else is asked of it: the question comes again. A leader of a group at rest must be heard.
    private void HandleRepair(NodeId from, RepairNotice notice)
    {
        _membership.HeardFrom(from);
        if (notice is RepairAsk ask && !_installation.IsUnderWay)
            _around.Log.Serve(from, ask);
        if (Role == Role.Leader)
            _unreachable.Add(from);
    }

    // The election timeout gives an earlier leader the time to be heard of. A sole voter has nobody to wait for.
    private void CampaignAtOnceWhenAlone(RaftStatus start)
    {
        if (start.Configuration.Voters is not [var voter] || start.Configuration.IsJoint || voter != start.Self)
            return;
        for (int ticks = 0; _core.Role == Role.Follower && ticks < CampaignTicksMax; ticks++)
            _core.Tick();
    }
}
