using RaftKv.Node.Driver;
using RaftKv.Node.Persistence;
using RaftKv.Node.Telemetry;
using RaftKv.Node.Transport;
using RaftKv.Raft;
using RaftKv.Raft.Membership;

namespace RaftKv.Node.Workers;

/// <summary>What one group has for itself on a host: driver, machine, queues, limits; put together at start and taken apart at the end.</summary>
internal sealed class GroupParts : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly HostParts _host;
    private readonly GroupLogSink _log;
    private readonly ApplyQueue _apply;
    private readonly SliceWorker? _slices;
    private readonly GroupRunner _runner;
    private readonly bool _ownsHost;
    private readonly Joining? _joining;
    private readonly CancellationTokenSource _leaving = new();
    private Task? _joined;
    private Task? _disposing;
    private Task? _written;

    /// <summary>Puts a group together; nothing of it runs yet.</summary>
    /// <param name="id">Which one it is.</param>
    /// <param name="members">Its founding members.</param>
    /// <param name="options">How it is set up.</param>
    /// <param name="host">Where it runs.</param>
    /// <param name="openMachine">Gives its machine; may look into its part of the log.</param>
    /// <param name="ownsHost">Whether the host is there for this group alone and ends with it.</param>
    public GroupParts(
        GroupId id, NodeId[] members, RaftNodeOptions options, HostParts host, Func<EntryStore, IStateMachine> openMachine, bool ownsHost)
    {
        Id = id;
        _host = host;
        _ownsHost = ownsHost;
        Board = new StatusBoard(host.Logger, host.Metrics, options.NodeId, id);
        ProposalLimit = new RequestLimit(options.PendingProposalsMax, host.Memory.Requests);
        ReadLimit = new RequestLimit(options.PendingReadsMax, host.Memory.Requests);
        EntryStore store = new(host.Log, id, FoundingConfiguration.Of(members, options));
        IStateMachine machine = openMachine(store);
        Envelopes = machine.KeepsCommands ? null : host.Envelopes;
        SplittableRandom random = new((ulong)HostParts.RandomNumber());
        CommitTimer timer = new(host.Metrics);
        _log = new GroupLogSink(host.Disk, store, host.Transport, host.ReadRoom, timer, Board, Post, Fail);
        _slices = machine is IAttestedMachine attested ? new SliceWorker(host, attested, Post, Fail) : null;
        CommandApplier applier = new(
            machine, options.NodeId, session: 0, machine.Applied.Index, options.Formats, _slices is { } slices ? slices.Open : null);
        _apply = new ApplyQueue(host, machine, applier, _slices, timer, Post, met => FailMachine(machine, met));
        LeaseClock? lease = options.LeaseReads ? new LeaseClock(options.TimeProvider, options.TickInterval) : null;
        bool isAdmitted = false;
        _runner = new GroupRunner(OpenDriver, Board, ProposalLimit, lease, host.Memory.Entries);
        _runner.Publish();
        if (options.JoinThrough is not null && !isAdmitted)
            _joining = new Joining(this, options, options.Address ?? host.ListenEndPoint!);
        RaftNodeStatus start = Board.Status;
        NodeLog.Started(host.Logger, options.NodeId, id, options.ClusterId, start.Raft.Term, start.Raft.Last, start.Applied);

        NodeDriver OpenDriver()
        {
            GroupDamage damage = store.Repair.Examine(options.NodeId, machine.Durable);
            bool isWhole = damage.IsNone && !store.Replacement.IsDistrusted;
            RaftRestore restored = isWhole ? store.Restore(options.NodeId, machine.Applied) : store.Repair.RestoreMeanwhile(machine.Applied);
            Configuration present = restored.ConfigurationAt(restored.Last);
            if (FormatGate.Refusal(present, options.Formats, options.NodeId) is { } refusal)
                throw refusal;
            // Each driver is another run of the member: what the one before asked for is not answered to this one.
            long session = HostParts.RandomNumber();
            applier.Begin(session, restored);
            long incarnation = store.Incarnation(host.Incarnation);
            RaftCore core = new(CoreOptions(options, id, session, incarnation), restored, random);
            NodeDriverOptions driverOptions = new()
            {
                Self = options.NodeId,
                Group = id,
                Incarnation = incarnation,
                Damage = damage,
                IsDistrusted = store.Replacement.IsDistrusted,
                Rebuilds = store.Replacement.Rebuilds,
                AttestationTicks = _slices is null ? 0 : (int)Math.Ceiling(options.AttestationInterval / options.TickInterval),
                ElectionTicks = options.ElectionTicks,
                AdmittedAt = store.AdmittedAt(options.NodeId),
                IsRemoved = store.Repair.IsRemoved(options.NodeId, machine.Applied),
                MembersChanged = configuration => host.Peers.Update(id, configuration),
                Session = session,
                RequestTicks = (int)Math.Ceiling(options.RequestTimeout / options.TickInterval),
                StopTicks = (int)Math.Ceiling(options.StopTimeout / options.TickInterval),
                MachineDurable = machine.Durable,
                GivesState = machine is ISnapshotMachine,
                LogBytesKeptMax = options.LogBytesKeptMax,
            };
            isAdmitted = driverOptions.AdmittedAt is not null || !isWhole;
            return new NodeDriver(driverOptions, core, _log, _apply, host.Transport, Board);
        }
    }

    public GroupId Id { get; }

    public HostParts Host => _host;

    public StatusBoard Board { get; }

    /// <summary>Pages of committed entries that wait for the machine.</summary>
    public int WaitingToApply => _apply.Waiting;

    /// <summary>
    /// Whether the log has all that was given to it. A group that stopped while the disk was full may have votes and acknowledgements there
    /// that are on their way yet.
    /// </summary>
    public bool IsWritten => _written is { IsCompleted: true };

    /// <summary>Where the memory of commands comes from; null when the machine keeps it.</summary>
    public EnvelopePool? Envelopes { get; }

    public RequestLimit ProposalLimit { get; }

    public RequestLimit ReadLimit { get; }

    public void Start()
    {
        _host.Join(this);
        _host.Loop.Join(Id, _runner);
        _ = CloseWhenStoppedAsync();
        _joined = _joining?.RunAsync(_leaving.Token);
        // What the core owes from the start, such as the lone member's campaign, must not wait for the first tick.
        Post(TickInput.Instance);
    }

    public void Post(RequestInput request, bool isAlone) => _host.Loop.Post(_runner, request, isAlone);

    /// <summary>Asks the own driver to change who belongs to the group; completes when that is committed.</summary>
    /// <exception cref="RaftKvException">It is not, or not known to be; also when this member does not lead.</exception>
    public Task ChangeAsync(MembershipChange change)
    {
        MembershipTask wish = new(change);
        Post(wish, isAlone: true);
        return wish.Task;
    }

    /// <summary>Opens the state of the group's machine for another member; null when there is none that would do.</summary>
    /// <param name="atLeast">What it must include.</param>
    public async Task<ISnapshotReader?> OpenSnapshotAsync(LogPosition atLeast)
    {
        IMachineSnapshot? snapshot = await _apply.OpenSnapshotAsync().ConfigureAwait(false);
        if (snapshot is not null && snapshot.Position.Index < atLeast.Index)
        {
            snapshot.Dispose();
            snapshot = await OpenNewerAsync(atLeast).ConfigureAwait(false);
        }
        if (snapshot is null)
            return null;
        ServedSnapshot served = new(snapshot, Post);
        Post(served);
        return await served.Admitted.ConfigureAwait(false);
    }

    public ValueTask DisposeAsync()
    {
        lock (_lock)
            _disposing ??= CloseAsync(static () => ValueTask.CompletedTask);
        return new ValueTask(_disposing);
    }

    /// <summary>Closes everything and the machine with it, while the directory is locked unless the group has closed before.</summary>
    public async Task CloseWithMachineAsync(Func<ValueTask> closeMachine)
    {
        bool isClosing;
        lock (_lock)
        {
            isClosing = _disposing is not null;
            _disposing ??= CloseAsync(closeMachine);
        }
        await _disposing.ConfigureAwait(false);
        if (isClosing)
            await closeMachine().ConfigureAwait(false);
    }

    // A member whose state is rebuilt may have given up more of its log than the last checkpoint here reaches to.
    private async Task<IMachineSnapshot?> OpenNewerAsync(LogPosition atLeast)
    {
        if (Board.Status.Applied < atLeast.Index)
            return null;
        await _apply.CheckpointAsync().ConfigureAwait(false);
        IMachineSnapshot? snapshot = await _apply.OpenSnapshotAsync().ConfigureAwait(false);
        if (snapshot is null || snapshot.Position.Index >= atLeast.Index)
            return snapshot;
        snapshot.Dispose();
        return null;
    }

    private static RaftOptions CoreOptions(RaftNodeOptions options, GroupId group, long session, long incarnation) => new()
    {
        Self = options.NodeId,
        Group = group,
        Session = session,
        Incarnation = incarnation,
        ElectionTicks = options.ElectionTicks,
        HeartbeatTicks = options.HeartbeatTicks,
        ElectionDelayTicks = options.ElectionDelayTicks,
        LeaseReads = options.LeaseReads,
        Formats = options.Formats,
        RaisesFormat = options.ActivatesFormats,
        QuiesceTicks = options.QuiesceTicks,
        EntryBytesMax = OptionsCheck.PayloadBytesLimit + CommandEnvelope.HeaderBytes,
        PendingReadsMax = options.PendingReadsMax,
        ForwardedProposalsMax = options.PendingProposalsMax,
    };

    private void Post(NodeInput input) => _host.Loop.Post(_runner, input);

    private void Fail(Exception met) => Post(new FaultInput(StopReasons.From(met)));

    // The next start gets the state from another member, if there is one that keeps any.
    private void FailMachine(IStateMachine machine, Exception met)
    {
        Configuration members = Board.Status.Raft.Configuration;
        bool isDamaged = met.GetBaseException() is Storage.StorageCorruptException;
        bool hasOthers = members.Members().Any(member => member != Board.Status.NodeId && !members.IsWitness(member));
        if (isDamaged && hasOthers && machine is ISnapshotMachine)
            _log.Distrust();
        Fail(met);
    }

    // A group that faulted releases what it holds by itself.
    private async Task CloseWhenStoppedAsync()
    {
        await _runner.Stopped.ConfigureAwait(false);
        await DisposeAsync().ConfigureAwait(false);
    }

    private async Task CloseAsync(Func<ValueTask> closeMachine)
    {
        Post(StopInput.Instance);
        await _leaving.CancelAsync().ConfigureAwait(false);
        await (_joined ?? Task.CompletedTask).ConfigureAwait(false);
        await _runner.Stopped.ConfigureAwait(false);
        _host.Loop.Leave(Id, _runner);
        _host.Leave(this);
        _host.Peers.Leave(Id);
        await _host.Disk.DrainAsync(_log, out _written).ConfigureAwait(false);
        try
        {
            await StopMachineAsync().ConfigureAwait(false);
        }
        finally
        {
            await CloseRestAsync(closeMachine).ConfigureAwait(false);
        }
    }

    // The machine's own code runs in all of this: when it throws, the rest is closed all the same.
    private async Task StopMachineAsync()
    {
        try
        {
            await _apply.StopAsync().ConfigureAwait(false);
        }
        finally
        {
            if (_slices is not null)
                await _slices.StopAsync().ConfigureAwait(false);
        }
    }

    private async Task CloseRestAsync(Func<ValueTask> closeMachine)
    {
        if (_ownsHost)
            await _host.CloseAsync().ConfigureAwait(false);
        try
        {
            await closeMachine().ConfigureAwait(false);
        }
        finally
        {
            if (_ownsHost)
                _host.Unlock();
            Board.Ended(_runner.StopReason!);
        }
    }
}
