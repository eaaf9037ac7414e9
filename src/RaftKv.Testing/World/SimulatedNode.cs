using System.Net;
using RaftKv.Node;
using RaftKv.Node.Driver;
using RaftKv.Node.Persistence;
using RaftKv.Node.Transport;
using RaftKv.Raft;
using RaftKv.Raft.Membership;
using RaftKv.Raft.Messages;
using RaftKv.Storage;
using RaftKv.Storage.Disk;
using RaftKv.Storage.Wal;
using RaftKv.Testing.Disk;

namespace RaftKv.Testing.World;

/// <summary>
/// One whole member on the simulation's thread: the production driver, log and machine, with its own disk. Its log writes and its
/// applying take virtual time, so that a crash finds them half done.
/// </summary>
public sealed class SimulatedNode : ILogSink, IApplySink, ITransport, INodeObserver, ISnapshotSource
{
    private readonly SimulatedCluster _cluster;
    private readonly SplittableRandom _random;
    private readonly Queue<Action> _held = new();
    private readonly Configuration _founding;
    private readonly List<Ready> _toWrite = [];
    private readonly List<ReadOnlyMemory<Entry>> _toApply = [];
    private readonly Queue<Action> _logWork = new();
    private readonly Message[] _arrived = new Message[1];
    private readonly MessagesInput _arrivedInput;
    private readonly Action _write;
    private readonly Action _apply;
    private (LogPosition Position, LogFormat Format, bool HasState)? _toInstall;
    private IMachineReceiver? _receiver;
    private NodeDriver? _driver;
    private EntryStore? _store;
    private CommandApplier? _applier;
    private IStateMachine? _machine;
    private SimulatedRequests? _requests;
    private LogFormatRange _spoken = LogFormatRange.First;
    private bool _isPaused;
    private bool _writing;
    private bool _applying;
    private NodeId[] _peers = [];
    private WriteAheadLog? _log;
    private bool _waits;
    private long _boot;
    private long _disks;
    private int _installs;

    internal SimulatedNode(SimulatedCluster cluster, NodeId id, Configuration founding, SplittableRandom random)
    {
        _founding = founding;
        _cluster = cluster;
        Formats = cluster.Options.Formats;
        _random = random;
        Id = id;
        (_write, _apply, _arrivedInput) = (Write, Apply, new MessagesInput(_arrived));
        Disk = new SimulatedDisk(random.Fork("disk"));
        Conditions = new NodeConditions
        {
            TickMicros = cluster.Options.TickMicros * (98 + random.Next(5)) / 100,
            DiskMicrosMax = cluster.Options.DiskMicrosMax,
        };
    }

    /// <summary>The member's number.</summary>
    public NodeId Id { get; }

    /// <summary>The member's disk; it outlives crashes.</summary>
    public SimulatedDisk Disk { get; private set; }

    /// <summary>Whether the member runs.</summary>
    public bool IsUp => _driver is not null;

    /// <summary>The driver of the present run; null while the member is down.</summary>
    public NodeDriver? Driver => _driver;

    /// <summary>The machine of the present run; null while the member is down.</summary>
    public IStateMachine? Machine => _machine;

    /// <summary>The member's clock and the speed of its disk, which may be changed at any time.</summary>
    public NodeConditions Conditions { get; }

    /// <summary>The log formats that the member speaks from its next start on.</summary>
    /// <value>Default <see cref="SimulatedClusterOptions.Formats"/>.</value>
    public LogFormatRange Formats { get; set; }

    /// <summary>The member as the layers above see a node, for this run of it; null while the member is down.</summary>
    public IRaftNode? Requests => _requests;

    /// <summary>Whether the member runs and neither faulted nor stopped.</summary>
    public bool IsWorking => _driver is { StopReason: null };

    /// <summary>Why the last start failed, when what the disk holds was the reason; null after a start that succeeded.</summary>
    public StorageException? StartFailure { get; private set; }

    internal RaftCore? Core { get; private set; }

    internal bool IsPaused => _isPaused;

    /// <summary>Whether the member knows that its state is not the majority's and was not rebuilt since: it answers nothing from it.</summary>
    internal bool IsIsolated { get; private set; }

    /// <summary>Called when another member's state is about to take the place of the machine's.</summary>
    internal Action? Installs { get; set; }

    /// <summary>What the machine sees in place of each command, when set. The log and the checks keep to what was agreed.</summary>
    internal Func<Command, Command>? Distortion { get; set; }

    /// <summary>Counts starts and ends of the member's process.</summary>
    internal long Boot => _boot;

    /// <summary>The identity of the member's disk as the last start found it; 0 while nobody has looked at a new disk.</summary>
    internal long Incarnation { get; private set; }

    // A machine may also serve whatever it likes, for tests of the transport alone.
    internal ISnapshotSource? Snapshots => _machine as ISnapshotSource ?? (_machine is ISnapshotMachine && IsWorking ? this : null);

    /// <summary>Starts the member from what its disk holds. When the power goes while it starts, it stays down.</summary>
    public void Start()
    {
        if (IsUp)
            return;
        try
        {
            Guard(StartNow);
        }
        finally
        {
            // A process that cannot start ends, and the next one opens its files anew.
            if (!IsUp)
                Disk.Kill();
        }
    }

    /// <summary>Cuts the member's power: it stops at once, and its disk forgets what was not flushed.</summary>
    public void Crash()
    {
        GoDown("crash");
        Disk.Crash();
    }

    /// <summary>Kills the member's process while its machine runs on: it stops at once, and its disk forgets nothing.</summary>
    public void Kill()
    {
        GoDown("kill");
        Disk.Kill();
    }

    /// <summary>Stops the member's process in its tracks: what arrives waits for <see cref="Resume"/>, and no tick is counted.</summary>
    public void Pause()
    {
        if (IsUp && !_isPaused)
            _cluster.Note(Id, "pause");
        _isPaused = IsUp;
    }

    /// <summary>Lets a paused member go on: what waited reaches it at once.</summary>
    public void Resume()
    {
        if (!_isPaused)
            return;
        _cluster.Note(Id, "resume");
        _isPaused = false;
        while (!_isPaused && _held.TryDequeue(out Action? held))
            held();
    }

    /// <summary>Sets the member's clock forward: ticks that lie between come at once.</summary>
    /// <param name="ticks">How many.</param>
    public void JumpClock(int ticks)
    {
        _cluster.Note(Id, "jump", ticks);
        for (int i = 0; i < ticks && IsUp && !_isPaused; i++)
            Input(TickInput.Instance);
    }

    /// <summary>Lets the writes of a disk that hung go on.</summary>
    public void EndHang()
    {
        Conditions.DiskHangs = false;
        if (IsUp && (_toWrite.Count > 0 || _logWork.Count > 0))
            ScheduleWrite();
    }

    /// <summary>Takes the member down and gives it an empty disk: whatever it had promised is forgotten.</summary>
    /// <param name="waits">
    /// Whether the next start is that of a node which waits to be told who its cluster is, as it must once others than the founders belong
    /// to it; default false, a start like the first one.
    /// </param>
    public void Wipe(bool waits = false)
    {
        _waits = waits;
        Crash();
        Disk = new SimulatedDisk(_random.Fork($"disk {++_disks}")) { Faults = Disk.Faults };
        Incarnation = 0;
    }

    /// <summary>Takes the member down and puts files in the place of all that its disk has.</summary>
    internal void Restore(IReadOnlyDictionary<string, byte[]> files)
    {
        long incarnation = Incarnation;
        Wipe(_waits);
        foreach ((string path, byte[] content) in files)
            Disk.WriteFile(path, content);
        Incarnation = incarnation;
    }

    /// <summary>
    /// Stops the member, which must be up, in good order. Once <see cref="NodeDriver.StopReason"/> says that it has, <see cref="Crash"/>
    /// takes it down, and it can be started again.
    /// </summary>
    public void Stop() => Input(StopInput.Instance);

    // Overwritten as soon as it comes back, so that whoever still reads it is found out.
    internal EnvelopePool? Envelopes { get; private set; }

    /// <summary>Ends the process of a member that has stopped, as in good order: its log is closed first.</summary>
    public void Exit()
    {
        if (IsUp && !IsWorking)
            Guard(() => _log!.Dispose());
        Kill();
    }

    /// <summary>Proposes a command at this member, which must be up.</summary>
    public SimulatedProposal Propose(ReadOnlySpan<byte> payload)
    {
        SimulatedProposal proposal = new(payload, Envelopes);
        Input(proposal);
        return proposal;
    }

    /// <summary>Asks for a linearizable read at this member, which must be up.</summary>
    /// <param name="serve">Reads the machine, at the moment it is new enough.</param>
    public SimulatedRead Read(Action serve)
    {
        SimulatedRead read = new(serve);
        Input(read);
        return read;
    }

    /// <summary>Asks this member, which must be up, to hand leadership over.</summary>
    /// <param name="target">The member that is to lead; null for the one that holds most of the log.</param>
    public SimulatedTransfer TransferLeadership(NodeId? target = null)
    {
        SimulatedTransfer transfer = new(target);
        Input(transfer);
        return transfer;
    }

    bool ITransport.KeepsMessages => false;

    void ITransport.Send(Message message) => _cluster.Network.Send(message);

    /// <summary>Asks this member, which must be up, for a change of the membership.</summary>
    public SimulatedMembership Change(MembershipChange change)
    {
        SimulatedMembership wish = new(change);
        Input(wish);
        return wish;
    }

    void ITransport.Announce(GroupId group, LogIndex applied)
    {
        foreach (NodeId other in _peers)
        {
            if (other != Id)
                _cluster.Network.SendProgress(Id, other, applied);
        }
    }

    // Connections come and go with the members.
    IReadOnlyDictionary<NodeId, LogFormatRange> ITransport.PeerFormats => _cluster.SpokenFormats();

    internal LogFormatRange? Spoken => IsUp ? _spoken : null;

    /// <summary>What the build of the present or last run speaks.</summary>
    internal LogFormatRange Speaks => _spoken;

    void ITransport.UpdatePeers(IReadOnlyDictionary<NodeId, EndPoint> peers)
    {
        // The simulated network knows every member by its number.
    }

    void ITransport.SendMembers(NodeId to, MemberNotice notice) => _cluster.Network.SendMembers(Id, to, notice);

    void ITransport.SendRepair(NodeId to, RepairNotice notice) => _cluster.Network.SendRepair(Id, to, notice);

    void ITransport.SendAttestation(NodeId to, AttestationNotice notice) => _cluster.Network.SendAttestation(Id, to, notice);

    void ITransport.FetchSnapshot(GroupId group, SnapshotOrder order, ISnapshotSink sink)
    {
        long boot = _boot;
        _cluster.Network.Fetch(Id, group, order, sink, work =>
        {
            if (boot == _boot && IsUp)
                Guard(() => Take(group, order.From, sink, work));
        });
    }

    // A state that the machine cannot take ends the fetch and harms nothing else, as in production.
    private void Take(GroupId group, NodeId from, ISnapshotSink sink, Action work)
    {
        try
        {
            work();
        }
        catch (StorageException e) when (!Disk.IsOff)
        {
            _cluster.StateRefused?.Invoke(this, from, e);
            _cluster.Network.Forget(Id, group);
            sink.Abort(e.Message);
        }
    }

    void ITransport.StopFetching(GroupId group) => _cluster.Network.StopFetching(Id, group);

    void ITransport.Flush()
    {
        // Sent messages are on their way already.
    }

    void ILogSink.Persist(Ready ready)
    {
        _toWrite.Add(ready);
        ScheduleWrite();
    }

    void ILogSink.Release(LogIndex through) => DoLogWork(() => Input(new ReleasedInput(_store!.Release(through))));

    void ILogSink.BeginInstall(LogPosition position, Configuration configuration) => DoLogWork(() =>
    {
        Installs?.Invoke();
        _store!.Replacement.Begin(position, configuration);
        Input(new InstallBegunInput());
    });

    void ILogSink.EndInstall() => DoLogWork(() =>
    {
        _store!.Replacement.End();
        Input(new InstallEndedInput());
    });

    void ILogSink.Distrust() => DoLogWork(() =>
    {
        _store!.Replacement.Distrust();
        Input(new StateDistrustedInput(_store.Base));
    });

    void ILogSink.Trust() => DoLogWork(_store!.Replacement.Trust);

    void ILogSink.Doubt() => Guard(_store!.Repair.Doubt);

    void ILogSink.Serve(NodeId to, RepairAsk ask) => DoLogWork(() => _cluster.Network.SendRepair(Id, to, _store!.Repair.Serve(ask)));

    void ILogSink.Mend(ReadOnlyMemory<Entry> entries) => DoLogWork(() =>
    {
        _store!.Repair.Mend(entries.Span);
        _cluster.Note(Id, "mended", entries.Length);
        Input(new RepairDoneInput(_store.Repair.Damage));
    });

    void ILogSink.ReleaseDamage(LogPosition machine) => DoLogWork(() =>
    {
        _store!.Repair.TryRelease(machine);
        Input(new RepairDoneInput(_store.Repair.Damage));
    });

    void ILogSink.BeginAnew(LogPosition machine) => DoLogWork(() =>
    {
        _store!.Repair.BeginAnew((long)_random.NextUInt64(), machine);
        _cluster.Note(Id, "begins anew after", machine.Index.Value);
        Input(new RepairDoneInput(_store.Repair.Damage));
    });

    void ILogSink.Read(LogRange range) =>
        Schedule(Conditions.DiskMicrosMax, () => Input(new LogReadInput(range, _store!.Read(range))));

    void IApplySink.Apply(ReadOnlyMemory<Entry> entries)
    {
        _toApply.Add(entries);
        ScheduleApply();
    }

    ISnapshotSink? IApplySink.Receive(long fetch)
    {
        if (_machine is not ISnapshotMachine machine)
            return null;
        _receiver?.Dispose();
        _receiver = machine.BeginReceive();
        return new SnapshotIntake(_receiver, fetch, Input);
    }

    void IApplySink.Install(LogPosition position, LogFormat format, bool hasState)
    {
        _toInstall = (position, format, hasState);
        ScheduleApply();
    }

    ISnapshotReader? ISnapshotSource.Open(GroupId group, LogPosition atLeast)
    {
        ISnapshotMachine machine = (ISnapshotMachine)_machine!;
        IMachineSnapshot snapshot = machine.OpenSnapshot();
        if (snapshot.Position.Index < atLeast.Index && machine.Applied.Index >= atLeast.Index)
        {
            snapshot.Dispose();
            machine.Checkpoint();
            Input(new CheckpointedInput(machine.Durable));
            snapshot = machine.OpenSnapshot();
        }
        SimulatedSnapshot served = new(snapshot, (long)_random.NextUInt64(), Input);
        Input(served);
        if (served.IsAdmitted && snapshot.Position.Index >= atLeast.Index)
            return served;
        served.Dispose();
        return null;
    }

    void INodeObserver.Happened(RaftEvent happening)
    {
        switch (happening)
        {
            case RoleChanged role:
                _cluster.Note(Id, role.Current switch
                {
                    Role.Leader => "leads in term",
                    Role.Candidate => "campaigns in term",
                    Role.PreCandidate => "asks before term",
                    _ => "follows in term",
                }, role.Term.Value);
                break;
            case LeaderChanged leader:
                _cluster.Note(Id, "knows leader", leader.Leader.Value);
                _requests?.LeaderChanged(leader.Leader);
                break;
            case ConfigurationChanged changed:
                _cluster.Note(Id, nameof(ConfigurationChanged), changed.Term.Value);
                _cluster.Checks.Follows(this, changed.Configuration);
                break;
            default:
                _cluster.Note(Id, happening.GetType().Name, happening.Term.Value);
                break;
        }
    }

    void INodeObserver.Installed(LogPosition position) => _cluster.Note(Id, "took the state up to", position.Index.Value);

    void INodeObserver.InstallFailed(string reason) => _cluster.Note(Id, $"took no state: {reason}");

    void INodeObserver.LogDamaged(GroupDamage damage) => _cluster.Note(Id, $"lacks {damage.Places}");

    void INodeObserver.LogMended() => _cluster.Note(Id, "has its log");

    void INodeObserver.FormatActivated(LogFormat format, LogIndex index) => _cluster.Note(Id, $"writes {format} from", index.Value);

    void INodeObserver.StateConfirmed(LogPosition position) => _cluster.Note(Id, "is sound at", position.Index.Value);

    void INodeObserver.StateDiverged(LogPosition position, string slice)
    {
        _cluster.Note(Id, $"differs {slice}, as of", position.Index.Value);
        IsIsolated = true;
        _cluster.StateJudged?.Invoke(this, StateVerdict.Diverged);
    }

    void INodeObserver.StateDisputed(LogPosition position, string held)
    {
        _cluster.Note(Id, $"does not know who is right: {held}");
        _cluster.StateJudged?.Invoke(this, StateVerdict.Disputed);
    }

    void INodeObserver.StateDamaged(LogPosition position, string damage) => _cluster.Note(Id, $"cannot read its state: {damage}");

    void INodeObserver.StateRebuilt(LogPosition position)
    {
        _cluster.Note(Id, "was rebuilt up to", position.Index.Value);
        IsIsolated = false;
    }

    void INodeObserver.Stopped(RaftKvException reason)
    {
        _cluster.Note(Id, $"stopped: {reason.Message}");
        _requests?.End(reason.Error == RaftKvError.Stopped ? null : reason);
        if (reason.Error != RaftKvError.Stopped)
            _cluster.Faulted?.Invoke(this, reason);
    }

    internal void Receive(Message message)
    {
        if (_isPaused)
        {
            _held.Enqueue(() => Receive(message));
            return;
        }
        _arrived[0] = message;
        Input(_arrivedInput);
    }

    internal void ReceiveProgress(NodeId peer, LogIndex applied) => Take(new PeerAppliedInput(peer, applied));

    internal void ReceiveRepair(NodeId from, RepairNotice notice) => Take(new RepairHeardInput(from, notice));

    internal void ReceiveAttestation(NodeId from, AttestationNotice notice) => Take(new AttestationHeardInput(from, notice));

    internal void ReceiveMembers(NodeId from, MemberNotice notice) => Take(new MembersHeardInput(from, notice));

    /// <summary>Hands an input to the driver, after a pause if there is one.</summary>
    internal void Take(NodeInput input)
    {
        if (_isPaused)
            _held.Enqueue(() => Input(input));
        else
            Input(input);
    }

    private void GoDown(string how)
    {
        if (IsUp)
            _cluster.Note(Id, how);
        _requests?.End(new RaftKvException("The member's process is gone.", WriteOutcome.NotApplied) { Error = RaftKvError.Stopped });
        (_driver, Core, _machine, _requests, _log) = (null, null, null, null, null);
        _boot++;
        (_isPaused, _writing, _applying, _toInstall, _receiver) = (false, false, false, null, null);
        _logWork.Clear();
        _held.Clear();
        _toWrite.Clear();
        _toApply.Clear();
        _cluster.Checks.Crashed(Id);
        _cluster.Network.Crashed(Id);
    }

    private void StartNow()
    {
        _boot++;
        IStorageDirectory root = Disk.Root;
        WriteAheadLog log =
            OpenedLog.Open(root.OpenDirectory("wal"), _cluster.Options.Log(Id, _boot), _cluster.Options.Members - 1, _boot).Log;
        _log = log;
        _spoken = Formats;
        _store = new EntryStore(log, default, _waits ? Configuration.Empty : _founding);
        _machine = MachineFiles.Open(
            _store,
            Id,
            () => root.OpenDirectory("store"),
            directory => _cluster.Options.OpenMachine(Id, directory),
            damage =>
            {
                _cluster.Note(Id, $"sets its machine's files aside: {damage.Message}");
                _cluster.StateSetAside?.Invoke(this, damage);
            });
        NodeDriver driver = OpenDriver(_machine, (long)_random.NextUInt64());
        StartFailure = null;
        _driver = driver;
        _requests = new SimulatedRequests(_cluster, this);
        _cluster.Note(Id, "start");
        _cluster.StateJudged?.Invoke(this, StateVerdict.Opened);
        ScheduleTicks(_boot);
        Input(null);
    }

    private NodeDriver OpenDriver(IStateMachine machine, long session)
    {
        EntryStore store = _store!;
        GroupDamage damage = store.Repair.Examine(Id, machine.Durable);
        bool isWhole = damage.IsNone && !store.Replacement.IsDistrusted;
        RaftRestore restored = isWhole ? store.Restore(Id, machine.Applied) : store.Repair.RestoreMeanwhile(machine.Applied);
        Incarnation = store.Incarnation(_log!.Identity);
        RaftOptions core = new()
        {
            Self = Id,
            Session = session,
            Incarnation = Incarnation,
            Formats = _spoken,
            RaisesFormat = _cluster.Options.RaisesFormat,
            EntryWindowBytes = _cluster.Options.EntryWindowBytes,
        };
        Core = new RaftCore(core, restored, _random.Fork($"core {_boot}"));
        Envelopes = machine.KeepsCommands ? null : new EnvelopePool(poisons: true);
        WatchedMachine watched = new(machine, this, _cluster.Checks);
        IsIsolated = store.Replacement.IsDistrusted;
        _applier = new CommandApplier(
            watched, Id, session, restored.Applied, _spoken, machine is IAttestedMachine attested ? Attest(attested) : null);
        _applier.Begin(session, restored);
        NodeDriverOptions options = new()
        {
            Self = Id,
            Incarnation = Incarnation,
            Damage = damage,
            IsDistrusted = store.Replacement.IsDistrusted,
            Rebuilds = store.Replacement.Rebuilds,
            AttestationTicks = machine is IAttestedMachine ? _cluster.Options.AttestationTicks : 0,
            MembersChanged = configuration => _peers = configuration.Members(),
            AdmittedAt = store.AdmittedAt(Id),
            Session = session,
            RequestTicks = _cluster.Options.RequestTicks,
            MachineDurable = machine.Durable,
            ReleaseEntriesMin = _cluster.Options.ReleaseEntriesMin,
            GivesState = machine is ISnapshotMachine,
            LogBytesKeptMax = _cluster.Options.LogBytesKeptMax,
        };
        NodeDriver driver = new(options, Core, this, this, this, this);
        if (driver.StopReason is null)
            _cluster.Checks.Follows(this, Core.Status.Configuration);
        return driver;
    }

    /// <summary>Runs work that reads this member's disk on behalf of another.</summary>
    internal void Serve(Action work)
    {
        if (IsUp)
            Guard(work);
    }

    private void Input(NodeInput? input)
    {
        if (_driver is not { } driver)
            return;
        if (input is not null)
            driver.Handle(input);
        driver.Pump();
        if (!driver.IsMended)
            return;
        // What the core before had only heard, this one has to hear again.
        _cluster.Checks.Crashed(Id);
        _driver = OpenDriver(_machine!, (long)_random.NextUInt64());
        _driver.Pump();
    }

    // Worked out at once, for the machine may be replaced before the answer is due.
    private Action<LogPosition, ReadOnlyMemory<byte>, int> Attest(IAttestedMachine machine) => (position, from, format) =>
    {
        AttestedInput attested;
        using (IMachineSlice slice = machine.OpenSlice(from, format))
        {
            try
            {
                attested = new AttestedInput(position, from, slice.Compute());
            }
            catch (StorageCorruptException damage)
            {
                attested = new AttestedInput(position, from, null, damage.Message);
            }
        }
        int installs = _installs;
        Schedule(Conditions.DiskMicrosMax, () =>
        {
            // It was of the state before.
            if (installs == _installs)
                Input(attested);
        });
    };

    private void ScheduleTicks(long boot)
    {
        Action? tick = null;
        tick = () =>
        {
            if (boot != _boot || !IsUp)
                return;
            _cluster.Events.After(Conditions.TickMicros, tick!);
            if (!_isPaused)
                Input(TickInput.Instance);
        };
        _cluster.Events.After(Conditions.TickMicros, tick);
    }

    private void ScheduleWrite()
    {
        if (_writing || Conditions.DiskHangs)
            return;
        _writing = true;
        Schedule(Conditions.DiskMicrosMax, _write);
    }

    private void DoLogWork(Action work)
    {
        _logWork.Enqueue(work);
        ScheduleWrite();
    }

    private void ScheduleApply()
    {
        if (_applying)
            return;
        _applying = true;
        Schedule(Math.Max(1, Conditions.DiskMicrosMax / 4), _apply);
    }

    // Something that takes up to a time; it never happens when the member crashes before.
    private void Schedule(long microsMax, Action work)
    {
        long boot = _boot;
        _cluster.Events.After(1 + _random.Next(microsMax), () =>
        {
            if (boot != _boot || !IsUp)
                return;
            if (_isPaused)
                _held.Enqueue(() => Guard(work));
            else
                Guard(work);
        });
    }

    // Runs work that touches the disk: when the power goes in the middle of it the member crashes, else it faults as in production.
    private void Guard(Action work)
    {
        try
        {
            work();
        }
        catch (StorageException e)
        {
            if (Disk.IsOff)
                Crash();
            else if (!IsUp)
                Refuse(e);
            else
                Input(new FaultInput(new RaftKvException(e.Message, WriteOutcome.NotApplied, null, e) { Error = RaftKvError.Storage }));
        }
        catch (RaftKvException e) when (IsUp)
        {
            if (Disk.IsOff)
                Crash();
            else
                Input(new FaultInput(e));
        }
    }

    private void Refuse(StorageException reason)
    {
        StartFailure = reason;
        _cluster.Note(Id, $"cannot start: {reason.Message}");
    }

    private void Write()
    {
        if (Conditions.DiskHangs)
        {
            _writing = false;
            return;
        }
        List<Ready> readys = [.. _toWrite];
        _toWrite.Clear();
        _store!.Write(readys);
        _cluster.Note(Id, "wrote", readys.Count);
        _writing = false;
        foreach (Ready ready in readys)
        {
            foreach (Message message in ready.SendAfterPersist.Span)
                _cluster.Network.Send(message);
        }
        if (readys.Count > 0)
            Input(new PersistedInput(readys[^1].Number));
        for (int works = _logWork.Count; works > 0 && IsUp; works--)
            _logWork.Dequeue()();
        if (_toWrite.Count > 0 || _logWork.Count > 0)
            ScheduleWrite();
    }

    private void Apply()
    {
        List<ReadOnlyMemory<Entry>> pages = [.. _toApply];
        _toApply.Clear();
        _applying = false;
        if (pages.Count > 0)
            Apply(pages);
        if (_toInstall is not { } install || !IsUp)
            return;
        _toInstall = null;
        if (install.HasState)
        {
            _receiver!.Install();
            _cluster.StateJudged?.Invoke(this, StateVerdict.Replaced);
        }
        _cluster.Note(Id, "installed", install.Position.Index.Value);
        _applier!.GoOnAfter(install.Position.Index, install.Format);
        _installs++;
        Input(new MachineInstalledInput(_machine!.Durable));
    }

    private void Apply(List<ReadOnlyMemory<Entry>> pages)
    {
        AppliedInput applied = _applier!.Apply(pages);
        _cluster.Note(Id, "applied", applied.Through.Index.Value);
        _cluster.Applied?.Invoke(this);
        Input(applied);
        if (_machine!.CheckpointDue)
        {
            _machine.Checkpoint();
            Input(new CheckpointedInput(_machine.Durable));
        }
    }
}
