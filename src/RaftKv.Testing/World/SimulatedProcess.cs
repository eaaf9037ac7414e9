using RaftKv.Node;
using RaftKv.Node.Driver;
using RaftKv.Node.Persistence;
using RaftKv.Node.Transport;
using RaftKv.Raft;
using RaftKv.Raft.Membership;
using RaftKv.Raft.Messages;
using RaftKv.Storage.Disk;
using RaftKv.Storage.Wal;

namespace RaftKv.Testing.World;

/// <summary>
/// One run of a member, from its start to its end: everything that a process has in memory. What it does later in virtual time does not
/// happen once it is over.
/// </summary>
internal sealed class SimulatedProcess
{
    private readonly SimulatedCluster _cluster;
    private readonly SimulatedNode _node;
    private readonly SplittableRandom _random;
    private readonly WriteAheadLog _log;
    private readonly EntryStore _store;
    private readonly ProcessMachine _machine;
    private readonly ProcessPort _port;
    private readonly ProcessObserver _observer;
    private readonly Queue<Action> _held = new();
    private readonly Message[] _arrived = new Message[1];
    private readonly MessagesInput _arrivedInput;
    private NodeDriver? _driver;
    private EntryLimits _usualLimits;
    private long? _toldEntryBytes;

    /// <summary>Opens what the member's disk holds.</summary>
    public SimulatedProcess(SimulatedCluster cluster, SimulatedNode node, Configuration founding, SplittableRandom random)
    {
        (_cluster, _node, _random) = (cluster, node, random);
        _arrivedInput = new MessagesInput(_arrived);
        IStorageDirectory root = node.Disk.Root;
        WalOptions walOptions = cluster.Options.Log(node.Id, node.Boot);
        _log = OpenedLog.Open(root.OpenDirectory("wal"), walOptions, cluster.Options.Members - 1, node.Boot).Log;
        _store = new EntryStore(_log, default, founding);
        Machine = MachineFiles.Open(
            _store,
            node.Id,
            () => root.OpenDirectory("store"),
            directory => cluster.Options.OpenMachine(node.Id, directory),
            damage =>
            {
                cluster.Note(node.Id, $"sets its machine's files aside: {damage.Message}");
                cluster.StateSetAside?.Invoke(node, damage);
            });
        Log = new ProcessLog(cluster, node, this, _store, random);
        _machine = new ProcessMachine(cluster, node, this, Machine, random);
        _port = new ProcessPort(cluster, node, this);
        _observer = new ProcessObserver(cluster, node, this);
        _driver = OpenDriver();
        Requests = new SimulatedRequests(cluster, node);
    }

    public NodeDriver Driver => _driver!;

    public IStateMachine Machine { get; }

    public RaftCore? Core { get; private set; }

    /// <summary>The run as the layers above see a node; null while it opens.</summary>
    public SimulatedRequests? Requests { get; }

    public ProcessLog Log { get; }

    /// <summary>Where proposals are kept. Overwritten as soon as it comes back, so that whoever still reads it is found out.</summary>
    public EnvelopePool? Envelopes { get; private set; }

    public bool IsPaused { get; private set; }

    // A machine may also serve whatever it likes, for tests of the transport alone.
    public ISnapshotSource? Snapshots =>
        Machine as ISnapshotSource ?? (Machine is ISnapshotMachine && Driver.StopReason is null ? _machine : null);

    private bool IsOver => !_node.RunsAs(this);

    /// <summary>Lets the clock tick and the driver do what it finds to do.</summary>
    public void Begin()
    {
        _cluster.Note(_node.Id, "start");
        _cluster.StateJudged?.Invoke(_node, StateVerdict.Opened);
        ScheduleTicks();
        Input(null);
    }

    /// <summary>Closes the log, as the last thing.</summary>
    public void CloseLog() => _log.Dispose();

    public void Pause()
    {
        if (!IsPaused)
            _cluster.Note(_node.Id, "pause");
        IsPaused = true;
    }

    public void Resume()
    {
        if (!IsPaused)
            return;
        _cluster.Note(_node.Id, "resume");
        IsPaused = false;
        while (!IsPaused && !IsOver && _held.TryDequeue(out Action? held))
            held();
    }

    /// <summary>Hands an input to the driver; null lets it only look what there is to do.</summary>
    public void Input(NodeInput? input)
    {
        if (IsOver || _driver is not { } driver)
            return;
        if (input is not null)
            driver.Handle(input);
        driver.Pump();
        if (!driver.IsMended)
            return;
        // What the core before had only heard, this one has to hear again.
        _cluster.Checks.Crashed(_node.Id);
        _driver = OpenDriver();
        _driver.Pump();
    }

    /// <summary>Hands an input to the driver, after a pause if there is one.</summary>
    public void Take(NodeInput input)
    {
        if (IsPaused)
            _held.Enqueue(() => Input(input));
        else
            Input(input);
    }

    /// <summary>Hands a message to the driver, after a pause if there is one.</summary>
    public void Receive(Message message)
    {
        if (IsPaused)
        {
            _held.Enqueue(() => Receive(message));
            return;
        }
        _arrived[0] = message;
        Input(_arrivedInput);
    }

    /// <summary>Does work of the process that takes up to a time; it never happens when the process ends before.</summary>
    public void Schedule(long microsMax, Action work) => _cluster.Events.After(1 + _random.Next(microsMax), () =>
    {
        if (IsOver)
            return;
        if (IsPaused)
            _held.Enqueue(() => _node.Guard(work));
        else
            _node.Guard(work);
    });

    private void ScheduleTicks()
    {
        Action? tick = null;
        tick = () =>
        {
            if (IsOver)
                return;
            _cluster.Events.After(_node.Conditions.TickMicros, tick!);
            if (IsPaused)
                return;
            LimitEntries();
            Input(TickInput.Instance);
        };
        _cluster.Events.After(_node.Conditions.TickMicros, tick);
    }

    private void LimitEntries()
    {
        if (_node.Conditions.EntryBytesMax == _toldEntryBytes)
            return;
        _toldEntryBytes = _node.Conditions.EntryBytesMax;
        Driver.Limit(_toldEntryBytes is { } bytes
            ? new EntryLimits(Math.Min(_usualLimits.WindowBytes, bytes), Math.Clamp(bytes, 1, _usualLimits.ApplyBytes), bytes)
            : _usualLimits);
    }

    // Anew also when the log was mended.
    private NodeDriver OpenDriver()
    {
        long session = (long)_random.NextUInt64();
        GroupDamage damage = _store.Repair.Examine(_node.Id, Machine.Durable);
        bool isWhole = damage.IsNone && !_store.Replacement.IsDistrusted;
        RaftRestore restored = isWhole ? _store.Restore(_node.Id, Machine.Applied) : _store.Repair.RestoreMeanwhile(Machine.Applied);
        _node.Incarnation = _store.Incarnation(_log.Identity);
        RaftOptions core = new()
        {
            Self = _node.Id,
            Session = session,
            Incarnation = _node.Incarnation,
            Formats = _node.Speaks,
            RaisesFormat = _cluster.Options.RaisesFormat,
            EntryWindowBytes = _cluster.Options.EntryWindowBytes,
        };
        Core = new RaftCore(core, restored, _random.Fork($"core {_node.Boot}"));
        Envelopes = Machine.KeepsCommands ? null : new EnvelopePool(poisons: true);
        _node.IsIsolated = _store.Replacement.IsDistrusted;
        _machine.Begin(session, restored);
        NodeDriverOptions options = new()
        {
            Self = _node.Id,
            Incarnation = _node.Incarnation,
            Damage = damage,
            IsDistrusted = _store.Replacement.IsDistrusted,
            Rebuilds = _store.Replacement.Rebuilds,
            AttestationTicks = Machine is IAttestedMachine ? _cluster.Options.AttestationTicks : 0,
            MembersChanged = _port.Follow,
            AdmittedAt = _store.AdmittedAt(_node.Id),
            IsRemoved = _store.Repair.IsRemoved(_node.Id, Machine.Applied),
            Session = session,
            RequestTicks = _cluster.Options.RequestTicks,
            MachineDurable = Machine.Durable,
            ReleaseEntriesMin = _cluster.Options.ReleaseEntriesMin,
            GivesState = Machine is ISnapshotMachine,
            LogBytesKeptMax = _cluster.Options.LogBytesKeptMax,
        };
        NodeDriver driver = new(options, Core, Log, _machine, _port, _observer);
        (_usualLimits, _toldEntryBytes) = (core.EntryLimits, null);
        if (driver.StopReason is null)
            _cluster.Checks.Follows(_node, Core.Status.Configuration);
        return driver;
    }
}
