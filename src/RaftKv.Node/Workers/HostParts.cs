using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using RaftKv.Node.Driver;
using RaftKv.Node.Persistence;
using RaftKv.Node.Telemetry;
using RaftKv.Node.Transport;
using RaftKv.Raft;
using RaftKv.Storage;
using RaftKv.Storage.Disk;
using RaftKv.Storage.Wal;

namespace RaftKv.Node.Workers;

/// <summary>What all groups of a process share: directory, log and its thread, other threads, loop, connections, clock.</summary>
internal sealed class HostParts
{
    private readonly NodeId _self;
    private readonly DataDirectory _directory;
    private readonly WorkerPool _diskThread;
    private readonly TimeSpan _tickInterval;
    private readonly TimeProvider _time;
    private readonly TaskCompletionSource<RaftKvException> _faulted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentDictionary<GroupId, GroupParts> _groups = new();
    private ITimer? _ticks;

    private HostParts(RaftNodeOptions options, DataDirectory directory, NodeIdentity identity, WriteAheadLog log, Socket? listener)
    {
        Incarnation = identity.WithLog(log.Identity);
        (_self, _directory) = (options.NodeId, directory);
        _time = options.TimeProvider;
        _tickInterval = options.TickInterval;
        Logger = options.LoggerFactory?.CreateLogger(typeof(RaftNode).FullName!) ?? NullLogger.Instance;
        Log = log;
        Memory = new MemoryBudget(options.MemoryBytesMax, options.PayloadBytesMax);
        Loop = new NodeLoop(Memory.Received, Memory.Entries);
        ReadRoom = new ReadRoom(Memory.Reads, options.PayloadBytesMax);
        Metrics = new NodeMetrics(options);
        ListenEndPoint = listener?.LocalEndPoint as IPEndPoint;
        Peers = new PeerBook(options.NodeId, options.Members);
        Transport = listener is null ? NoPeers.Instance : OpenTcp(options, listener);
        string name = $"RaftKv {options.ClusterId}/{options.NodeId}";
        _diskThread = new WorkerPool($"{name} log", 1);
        ApplyThreads = new WorkerPool($"{name} apply", Environment.ProcessorCount);
        CheckpointThreads = new WorkerPool($"{name} checkpoint", Environment.ProcessorCount);
        CatchUpPace pace = new(options.CatchUpBytesPerSecond, _time);
        Disk = new DiskWorker(_diskThread, log, Transport, Metrics, pace, _time, full => TellOfRoom(options.NodeId, full), Fail);
        Metrics.Observe(this);
        if (log.Recovery.TornTail is { } cut)
            NodeLog.LogCut(Logger, options.NodeId, cut.File, cut.Offset, cut.Bytes);
        foreach (WalDamage damage in log.Recovery.Damage)
            NodeLog.DamageFound(Logger, options.NodeId, damage.File, damage.Offset, damage.What);
    }

    public ILogger Logger { get; }

    public NodeMetrics Metrics { get; }

    public WriteAheadLog Log { get; }

    /// <summary>The disk identity that this process states (<see cref="RaftOptions.Incarnation"/>).</summary>
    public long Incarnation { get; }

    public ITransport Transport { get; }

    public PeerBook Peers { get; }

    public MemoryBudget Memory { get; }

    public NodeLoop Loop { get; }

    public DiskWorker Disk { get; }

    public WorkerPool ApplyThreads { get; }

    public WorkerPool CheckpointThreads { get; }

    public EnvelopePool Envelopes { get; } = new();

    public TimeProvider Time => _time;

    public ReadRoom ReadRoom { get; }

    /// <summary>What is in use of the memory budget, as of some moment; the limits add up to the budget, but for rounding.</summary>
    public IReadOnlyList<MemoryPart> MemoryParts() =>
    [
        new("requests", Memory.Requests.BytesMax, Memory.Requests.Used),
        new("peers", Memory.PeersBytesMax, (Transport as TcpTransport)?.QueuedBytes ?? 0),
        new("received", Memory.Received.BytesMax, Memory.Received.Used),
        new("unwritten", Memory.Entries.UnwrittenBytesMax, Memory.Entries.Unwritten),
        new("entries", Memory.Entries.HeldBytesMax, Memory.Entries.Held),
        new("reads", Memory.Reads.BytesMax, Memory.Reads.Used),
    ];

    public IPEndPoint? ListenEndPoint { get; }

    /// <summary>The groups that run here.</summary>
    public ICollection<GroupParts> Groups => _groups.Values;

    /// <summary>Completes when the log can no longer be written.</summary>
    public Task<RaftKvException> Faulted => _faulted.Task;

    public static long RandomNumber() => BinaryPrimitives.ReadInt64LittleEndian(RandomNumberGenerator.GetBytes(sizeof(long)));

    /// <summary>Opens everything; nothing runs yet.</summary>
    public static HostParts Open(RaftNodeOptions options)
    {
        Stack<IDisposable> opened = [];
        try
        {
            DataDirectory directory = DataDirectory.Open(options);
            opened.Push(directory);
            Socket? listener = Listener.Open(options);
            if (listener is not null)
                opened.Push(listener);
            NodeIdentity identity = directory.Claim(options);
            WalOptions logOptions = new() { KeepWhatFollowsDamage = true };
            // Whoever joined was given no members: the cluster has them on record.
            bool hasJoined = options.JoinsExisting || options.JoinThrough is not null;
            OpenedLog log = OpenedLog.Open(directory.OpenLog(), logOptions, hasJoined ? 2 : options.Members.Count - 1, RandomNumber());
            opened.Push(log.Log);
            HostParts parts = new(options, directory, identity, log.Log, listener);
            if (log.Unreadable is { } unreadable)
                NodeLog.LogSetAside(parts.Logger, options.NodeId, unreadable.Message);
            return parts;
        }
        catch
        {
            foreach (IDisposable part in opened)
                part.Dispose();
            throw;
        }
    }

    /// <summary>Opens a group's machine in the directory it has here.</summary>
    public Func<EntryStore, IStateMachine> Machine(GroupId group, Func<IStorageDirectory, IStateMachine> open) => store =>
        MachineFiles.Open(store, _self, () => _directory.OpenStore(group), open,
            damage => NodeLog.StateSetAside(Logger, _self, group, damage.Message));

    /// <summary>
    /// Gives back what log and directory hold of a group that does not run. The log comes first: what a crash leaves of a machine's files is then
    /// refused at a start, where a log without them would look like one that lost its machine.
    /// </summary>
    public void Forget(GroupId group)
    {
        GroupNumbers.Forget(Log, group, RandomNumber() | 1);
        _directory.DeleteStore(group);
    }

    public void Start()
    {
        (Transport as TcpTransport)?.Start();
        Peers.Serve(Transport);
        Loop.Start(Transport, Disk);
        _ticks = _time.CreateTimer(static host => ((HostParts)host!).Tick(), this, _tickInterval, _tickInterval);
    }

    /// <summary>A group that runs here, or null.</summary>
    public GroupParts? Find(GroupId group) => _groups.GetValueOrDefault(group);

    public void Join(GroupParts group)
    {
        _groups[group.Id] = group;
        Memory.Entries.GroupJoined();
    }

    public void Leave(GroupParts group)
    {
        if (_groups.TryRemove(KeyValuePair.Create(group.Id, group)))
            Memory.Entries.GroupLeft();
    }

    /// <summary>Closes everything but the directory, which stays locked. No group runs any more.</summary>
    public async Task CloseAsync()
    {
        if (_ticks is not null)
            await _ticks.DisposeAsync().ConfigureAwait(false);
        await Disk.StopAsync().ConfigureAwait(false);
        await _diskThread.StopAsync().ConfigureAwait(false);
        await ApplyThreads.StopAsync().ConfigureAwait(false);
        await CheckpointThreads.StopAsync().ConfigureAwait(false);
        if (Transport is TcpTransport tcp)
            await tcp.DisposeAsync().ConfigureAwait(false);
        Log.Dispose();
        Metrics.Dispose();
    }

    /// <summary>Gives the directory back.</summary>
    public void Unlock() => _directory.Dispose();

    private void Tick()
    {
        Loop.PostTick();
        ApplyThreads.Relieve();
        CheckpointThreads.Relieve();
    }

    private void TellOfRoom(NodeId node, string? full)
    {
        if (full is not null)
            NodeLog.DiskFull(Logger, node, full);
        else
            NodeLog.DiskHasRoom(Logger, node);
    }

    // Without its log no group can promise anything any more.
    private void Fail(Exception met)
    {
        RaftKvException reason = StopReasons.From(met);
        _faulted.TrySetResult(reason);
        Loop.PostToAll(new FaultInput(reason));
    }

    private TcpTransport OpenTcp(RaftNodeOptions options, Socket listener) => new(
        new TcpTransportOptions
        {
            Self = options.NodeId,
            ClusterId = options.ClusterId,
            Peers = options.Members,
            Formats = options.Formats,
            Listener = listener,
            Certificates = options.Certificates,
            Snapshots = new HostSnapshots(this),
            Membership = new HostMembership(this),
            QueueBytesMax = Memory.PeersBytesMax,
            Time = options.TimeProvider,
            Logger = Logger,
            Seed = (ulong)RandomNumber(),
        },
        new LoopReceiver(Loop, Peers, Metrics));
}
