using RaftKv.Raft.Membership;
using RaftKv.Raft.Messages;
using RaftKv.Raft.Roles;

namespace RaftKv.Raft;

/// <summary>
/// One member of one group: the Raft protocol as a pure, single-threaded state machine. Inputs are ticks, messages, requests and
/// completions; the output is <see cref="Ready"/>. Equal inputs give equal outputs, on every platform.
/// </summary>
/// <remarks>
/// The caller feeds inputs, takes a Ready while <see cref="HasReady"/>, and reports completions. It may take several Readys before
/// it reports the first. The core never blocks, never calls back and holds nothing that must be disposed. A caller that hands each
/// Ready back with <see cref="Return"/> allocates nothing per entry beyond the entry itself.
/// </remarks>
public sealed class RaftCore
{
    private readonly Protocol _protocol;
    private readonly Dispatcher _dispatcher;
    private readonly WholeAudit? _audit;
    private bool _mustPump = true;
    private bool _isSettled;
    private long _readyNumber;
    private string? _fault;

    /// <summary>Starts a member from what its disk holds.</summary>
    /// <param name="options">How it behaves.</param>
    /// <param name="restored">What it remembers.</param>
    /// <param name="random">Its own stream of randomness.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="ArgumentException">What was restored contradicts itself.</exception>
    public RaftCore(RaftOptions options, RaftRestore restored, SplittableRandom random)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(restored);
        ArgumentNullException.ThrowIfNull(random);
        options.Validate();
        try
        {
            _protocol = new Protocol(options, restored, random);
            _audit = options.Audit ? new WholeAudit(_protocol) : null;
            _audit?.Run();
        }
        catch (InvariantViolationException violation)
        {
            throw new ArgumentException($"What was restored contradicts itself: {violation.Message}", nameof(restored), violation);
        }
        _dispatcher = new Dispatcher(_protocol);
    }

    /// <summary>Whether <see cref="TakeReady"/> would return work.</summary>
    public bool HasReady
    {
        get
        {
            if (_isSettled)
                return false;
            Pump();
            bool hasReady = !_protocol.Outbox.IsEmpty || (_fault is null && (_protocol.HasUnwritten || _protocol.HasPage));
            _isSettled = !hasReady;
            return hasReady;
        }
    }

    /// <summary>The member's state now.</summary>
    public RaftStatus Status => StatusReport.Of(_protocol, _dispatcher.Refused, _fault);

    /// <summary>What the member is doing; free of cost.</summary>
    public Role Role => _protocol.Role.Kind;

    /// <summary>Its term; free of cost.</summary>
    public Term Term => _protocol.Term;

    /// <summary>The leader it knows, or nobody; free of cost.</summary>
    public NodeId Leader => _protocol.Leader;

    /// <summary>The last entry known to be committed; free of cost.</summary>
    public LogIndex Commit => _protocol.Commit;

    /// <summary>
    /// The first entry that is kept in memory; those before it are held by Readys only, if at all. One past the last entry when none
    /// is kept. Free of cost.
    /// </summary>
    public LogIndex FirstInMemory => _protocol.Log.WindowFirst;

    /// <summary>Bytes of entries that are on their way to the disk; free of cost.</summary>
    public long UnwrittenBytes => _protocol.Log.UnwrittenBytes;

    /// <summary>Bytes of the other entries in memory, and of those that are handed out to be applied, which may be the same; free of cost.</summary>
    public long HeldBytes => _protocol.Log.BytesInMemory - _protocol.Log.UnwrittenBytes + _protocol.Applier.OutstandingBytes;

    /// <summary>Whether entries that could be applied wait until others are, or until more may be handed out; free of cost.</summary>
    public bool IsHeldBack => _protocol.Applier.IsHeldBack(_protocol.Log, _protocol.Commit);

    /// <summary>For tests that compare whole logs.</summary>
    internal Protocol Protocol => _protocol;

    /// <summary>One unit of time passed. It goes on for a member that rests with its idle group, at next to no cost.</summary>
    public void Tick()
    {
        if (_fault is not null)
            return;
        if (_protocol.Rest.IsResting)
        {
            _protocol.Tick();
            return;
        }
        try
        {
            _protocol.Tick();
        }
        catch (InvariantViolationException violation)
        {
            Fault(violation);
        }
        Touch();
    }

    /// <summary>A message arrived. Whatever is not accepted leaves the state as it was.</summary>
    /// <param name="message">Read during this call only; entries and payloads are kept.</param>
    /// <exception cref="InvalidOperationException">Its Ready was handed back; nothing has changed.</exception>
    public ReceiveStatus Receive(Message message)
    {
        ArgumentNullException.ThrowIfNull(message);
        message.ThrowIfHandedBack();
        if (_fault is not null)
            return ReceiveStatus.Faulted;
        Touch();
        try
        {
            return _dispatcher.Receive(message);
        }
        catch (InvariantViolationException violation)
        {
            Fault(violation);
            return ReceiveStatus.Faulted;
        }
    }

    /// <summary>Proposes one command.</summary>
    /// <param name="requestId">Increasing within one run of this member, at least 0.</param>
    /// <param name="payload">Bytes that nobody writes any more.</param>
    public ProposeResult Propose(long requestId, ReadOnlyMemory<byte> payload)
    {
        Proposal proposal = new(requestId, payload);
        return Propose(new ReadOnlySpan<Proposal>(in proposal));
    }

    /// <summary>Proposes commands that take consecutive places in the log; either all are taken or none.</summary>
    /// <param name="proposals">At least one, ascending by request number.</param>
    public ProposeResult Propose(ReadOnlySpan<Proposal> proposals)
    {
        if (_fault is not null)
            return new ProposeResult(ProposeStatus.Faulted, default, NodeId.None);
        ArgumentOutOfRangeException.ThrowIfZero(proposals.Length, nameof(proposals));
        Touch();
        try
        {
            _protocol.Rest.Disturb();
            return _protocol.Role.Propose(proposals);
        }
        catch (InvariantViolationException violation)
        {
            Fault(violation);
            return new ProposeResult(ProposeStatus.Faulted, default, NodeId.None);
        }
    }

    /// <summary>
    /// How many bytes of entries to keep in memory from now on, in place of what the options say. May be told at any time: a caller that runs
    /// many cores shares out what it has. Only what is refused and what is read back from the log depends on it.
    /// </summary>
    public void Limit(in EntryLimits limits)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(limits.WindowBytes, nameof(limits));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limits.ApplyBytes, nameof(limits));
        ArgumentOutOfRangeException.ThrowIfNegative(limits.UnwrittenBytes, nameof(limits));
        if (_fault is null && limits != _protocol.Limits && _protocol.Limit(limits))
            Touch();
    }

    /// <summary>Changes who belongs to the group; only the leader can. The change is in effect as soon as it is appended.</summary>
    /// <param name="changes">The steps, in order; at least one.</param>
    /// <param name="mode">By which way.</param>
    public ChangeResult ChangeMembership(ReadOnlySpan<MemberChange> changes, ChangeMode mode = ChangeMode.Automatic)
    {
        if (_fault is not null)
            return new ChangeResult(ChangeStatus.Faulted, ChangeError.None, default, NodeId.None);
        ArgumentOutOfRangeException.ThrowIfZero(changes.Length, nameof(changes));
        Touch();
        try
        {
            _protocol.Rest.Disturb();
            return _protocol.Role.Change(changes, mode);
        }
        catch (InvariantViolationException violation)
        {
            Fault(violation);
            return new ChangeResult(ChangeStatus.Faulted, ChangeError.None, default, NodeId.None);
        }
    }

    /// <summary>Ends a joint configuration that is committed; only the leader can.</summary>
    public ChangeResult LeaveJoint()
    {
        if (_fault is not null)
            return new ChangeResult(ChangeStatus.Faulted, ChangeError.None, default, NodeId.None);
        Touch();
        _protocol.Rest.Disturb();
        return _protocol.Role.LeaveJoint();
    }

    /// <summary>
    /// What the other members speak, each by its own word to this one, in this run and on a connection that stands. Whoever is not named
    /// has not said it. By this a leader raises the format, and promotes newcomers (<see cref="RaftOptions.Formats"/>).
    /// </summary>
    /// <param name="formats">Takes the place of what was told before. Kept: nobody changes it any more.</param>
    public void PeersSpeak(IReadOnlyDictionary<NodeId, LogFormatRange> formats)
    {
        ArgumentNullException.ThrowIfNull(formats);
        if (_fault is not null)
            return;
        Touch();
        _protocol.Spoken.Heard(formats);
        _protocol.Role.FormatsHeard();
    }

    /// <summary>
    /// Raises the format to the newest that every member has said it speaks, whatever <see cref="RaftOptions.RaisesFormat"/> says; only the
    /// leader can. It is in effect as soon as it is appended, and for good once that is committed.
    /// </summary>
    public ChangeResult RaiseFormat()
    {
        if (_fault is not null)
            return new ChangeResult(ChangeStatus.Faulted, ChangeError.None, default, NodeId.None);
        Touch();
        _protocol.Rest.Disturb();
        return _protocol.Role.RaiseFormat();
    }

    /// <summary>Hands leadership over (thesis 3.10). A member that does not lead asks the leader.</summary>
    /// <param name="target">A voter that keeps data.</param>
    public TransferStatus TransferLeadership(NodeId target)
    {
        if (_fault is not null)
            return TransferStatus.Faulted;
        Touch();
        _protocol.Rest.Disturb();
        return _protocol.Role.Transfer(target);
    }

    /// <summary>Ends a hand-over of leadership that is under way; only the leader can. <see cref="TransferAborted"/> follows.</summary>
    public TransferCancelStatus CancelTransfer()
    {
        if (_fault is not null)
            return TransferCancelStatus.Faulted;
        Touch();
        _protocol.Rest.Disturb();
        return _protocol.Role.CancelTransfer();
    }

    /// <summary>Asks for a read index that is not older than this call; the answer arrives in <see cref="Ready.Reads"/>.</summary>
    /// <param name="requestId">Increasing within one run of this member, at least 0.</param>
    public ReadStatus Read(long requestId)
    {
        if (_fault is not null)
            return ReadStatus.Faulted;
        Touch();
        _protocol.Rest.Disturb();
        return _protocol.Role.Read(requestId);
    }

    /// <summary>Every Ready up to this number is durable.</summary>
    /// <param name="readyNumber">A number that was taken; smaller ones than before are ignored.</param>
    public void Persisted(long readyNumber)
    {
        if (_fault is not null)
            return;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(readyNumber, _readyNumber);
        _isSettled = false;
        try
        {
            // Usually nothing is to be sent because of it, and entries to apply need no more than to be asked for.
            _mustPump |= _protocol.Persisted(readyNumber);
        }
        catch (InvariantViolationException violation)
        {
            Fault(violation);
        }
    }

    /// <summary>The state machine holds every entry up to this one.</summary>
    /// <param name="index">An entry that was handed out.</param>
    public void Applied(LogIndex index)
    {
        if (_fault is not null)
            return;
        try
        {
            // Nothing follows from it unless a full backlog kept entries back.
            if (_protocol.Applier.ReportApplied(index))
                Touch();
        }
        catch (InvariantViolationException violation)
        {
            Fault(violation);
        }
    }

    /// <summary>Answers <see cref="Ready.ReadLog"/>.</summary>
    /// <param name="range">The range that was asked for.</param>
    /// <param name="entries">The first entries of the range, as many as fit a page; none if they cannot be read now.</param>
    public void LogRead(LogRange range, ReadOnlyMemory<Entry> entries)
    {
        if (_fault is not null)
            return;
        Touch();
        try
        {
            _protocol.LogRead(range, entries);
        }
        catch (InvariantViolationException violation)
        {
            Fault(violation);
        }
    }

    /// <summary>The log's entries up to a position were dropped from the disk, because the state machine holds them durably.</summary>
    /// <param name="newBase">A position of this log, applied here.</param>
    public void Compacted(LogPosition newBase)
    {
        if (_fault is not null)
            return;
        Touch();
        try
        {
            _protocol.CompactTo(newBase);
        }
        catch (InvariantViolationException violation)
        {
            Fault(violation);
        }
    }

    /// <summary>The configuration that was in effect at an entry; a snapshot of the state there carries it.</summary>
    /// <param name="index">An entry of the log, or its base.</param>
    public Configuration ConfigurationAt(LogIndex index) => _protocol.Configurations.At(index);

    /// <summary>Whether fetched state would be news here; asked before the state machine is replaced.</summary>
    /// <param name="position">The position the state includes.</param>
    public bool ShouldInstallSnapshot(LogPosition position) => _fault is null && _protocol.ShouldInstall(position);

    /// <summary>
    /// State was fetched, is durable, and has replaced the state machine's. If the log on the disk does not hold the position,
    /// the caller has emptied it before.
    /// </summary>
    /// <param name="position">The position the state includes; <see cref="ShouldInstallSnapshot"/> was true for it.</param>
    /// <param name="configuration">The configuration as of that position.</param>
    public void SnapshotInstalled(LogPosition position, Configuration configuration)
    {
        if (_fault is not null)
            return;
        Touch();
        try
        {
            _protocol.InstallSnapshot(position, configuration);
        }
        catch (InvariantViolationException violation)
        {
            Fault(violation);
        }
    }

    /// <summary>Fetching state goes on; the leader is told, so that it keeps waiting.</summary>
    /// <param name="receivedBytes">Bytes here so far.</param>
    public void SnapshotProgressed(long receivedBytes)
    {
        if (_fault is not null)
            return;
        Touch();
        _protocol.SnapshotReceiver.Progressed(receivedBytes);
    }

    /// <summary>Fetching state failed; the leader will offer it again.</summary>
    public void SnapshotFailed()
    {
        if (_fault is not null)
            return;
        Touch();
        _protocol.SnapshotReceiver.Failed();
    }

    /// <summary>A message to a peer could not be delivered: streaming to it starts over from what is certain.</summary>
    public void ReportUnreachable(NodeId peer)
    {
        if (_fault is not null)
            return;
        _protocol.Rest.Disturb();
        (_protocol.Role as LeaderRole)?.Replicator.Find(peer)?.Unreachable();
        Touch();
    }

    /// <summary>Takes the work that has gathered; an empty one when there is none.</summary>
    public Ready TakeReady()
    {
        Pump();
        Audit();
        Ready ready = _protocol.Outbox.Take(++_readyNumber);
        if (_fault is null)
            _protocol.Complete(ready);
        return ready;
    }

    /// <summary>
    /// Hands a Ready back, so that it, its arrays and its messages are used again instead of allocated anew. The caller may do so, in
    /// any order, once it uses nothing of it any more: what was to be written is written, and the messages have been encoded, or received
    /// by cores in this process. Entries and their payloads may be kept, and <see cref="Ready.Apply"/> until it was reported applied.
    /// </summary>
    /// <param name="ready">A Ready of this core that was not handed back before.</param>
    /// <exception cref="ArgumentException">It is another core's; nothing has changed.</exception>
    /// <exception cref="InvalidOperationException">It was handed back before; nothing has changed.</exception>
    public void Return(Ready ready)
    {
        ArgumentNullException.ThrowIfNull(ready);
        if (!ready.BelongsTo(_protocol.Outbox))
            throw new ArgumentException("A Ready goes back to the core that made it.", nameof(ready));
        _protocol.Outbox.TakeBack(ready);
    }

    // Something came in: what follows from it is worked out when somebody asks, so that inputs which come together share one Ready.
    private void Touch()
    {
        _mustPump = true;
        _isSettled = false;
    }

    private void Pump()
    {
        if (!_mustPump || _fault is not null)
            return;
        _mustPump = false;
        try
        {
            _protocol.Pump();
        }
        catch (InvariantViolationException violation)
        {
            Fault(violation);
        }
    }

    private void Audit()
    {
        if (_audit is null || _fault is not null)
            return;
        try
        {
            _audit.Run();
        }
        catch (InvariantViolationException violation)
        {
            Fault(violation);
        }
    }

    private void Fault(InvariantViolationException violation)
    {
        _fault = $"{violation.Message} [{StatusReport.Line(_protocol)}]";
        _isSettled = false;
        _protocol.Outbox.Clear();
        _protocol.Outbox.Add(new CoreFaulted { Term = _protocol.Term, Reason = _fault });
    }
}
