using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using RaftKv.Node.Driver;
using RaftKv.Node.Persistence;
using RaftKv.Node.Transport;
using RaftKv.Raft;
using RaftKv.Raft.Membership;
using RaftKv.Storage;
using RaftKv.Storage.Disk;
using RaftKv.Storage.Wal;

namespace RaftKv.Node.Workers;

/// <summary>The parts of a running node, put together at start and taken apart in the reverse order.</summary>
internal sealed class NodeParts : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly DataDirectory _directory;
    private readonly WriteAheadLog _log;
    private readonly ITransport _transport;
    private readonly DiskWorker _disk;
    private readonly ApplyWorker _apply;
    private readonly NodeDriver _driver;
    private readonly NodeLoop _loop;
    private readonly TimeSpan _tickInterval;
    private readonly TimeProvider _time;
    private ITimer? _ticks;
    private Task? _disposing;

    private NodeParts(RaftNodeOptions options, DataDirectory directory, WriteAheadLog log, IStateMachine machine, Socket? listener)
    {
        ILogger logger = options.LoggerFactory?.CreateLogger(typeof(RaftNode).FullName!) ?? NullLogger.Instance;
        _directory = directory;
        _log = log;
        _time = options.TimeProvider;
        _tickInterval = options.TickInterval;
        ListenEndPoint = listener?.LocalEndPoint as IPEndPoint;
        Board = new StatusBoard(logger, options.NodeId);
        _loop = new NodeLoop(Publish);
        long session = RandomNumber();
        NodeId[] members = options.Members.Count > 0 ? [.. options.Members.Keys] : [options.NodeId];
        EntryStore store = new(log, default, new Configuration(members));
        RaftCore core = new(CoreOptions(options, session), store.Restore(machine.Applied), new SplittableRandom((ulong)RandomNumber()));
        _transport = listener is null ? NoPeers.Instance : OpenTcp(options, listener, logger);
        string name = $"RaftKv {options.ClusterId}/{options.NodeId}";
        _disk = new DiskWorker(name, store, _transport, _loop.Post, Fail);
        CommandApplier applier = new(machine, options.NodeId, session);
        _apply = new ApplyWorker(name, machine, applier, _loop.Post, Fail);
        NodeDriverOptions driverOptions = new()
        {
            Self = options.NodeId,
            Members = members,
            Session = session,
            RequestTicks = (int)Math.Ceiling(options.RequestTimeout / options.TickInterval),
            StopTicks = (int)Math.Ceiling(options.StopTimeout / options.TickInterval),
            MachineDurable = machine.Durable,
        };
        _driver = new NodeDriver(driverOptions, core, _disk, _apply, _transport, Board);
        Publish(core.Status);
        if (log.Recovery.TornTail is { } cut)
            NodeLog.LogCut(logger, options.NodeId, cut.File, cut.Offset, cut.Bytes);
        NodeLog.Started(logger, options.NodeId, options.ClusterId, core.Term, Board.Status.Raft.Last, Board.Status.Applied);
    }

    public StatusBoard Board { get; }

    public IPEndPoint? ListenEndPoint { get; }

    /// <summary>Opens everything; nothing runs yet.</summary>
    public static NodeParts Open(RaftNodeOptions options, Func<IStorageDirectory, IStateMachine> openMachine)
    {
        Stack<IDisposable> opened = [];
        try
        {
            DataDirectory directory = DataDirectory.Open(options);
            opened.Push(directory);
            Socket? listener = Listener.Open(options);
            if (listener is not null)
                opened.Push(listener);
            directory.Claim(options);
            WriteAheadLog log = WriteAheadLog.Open(directory.OpenLog(), new WalOptions());
            opened.Push(log);
            IStateMachine machine = openMachine(directory.OpenStore());
            return new NodeParts(options, directory, log, machine, listener);
        }
        catch (Exception e)
        {
            foreach (IDisposable part in opened)
                part.Dispose();
            if (e is StorageException)
                throw new RaftKvException(e.Message, WriteOutcome.NotApplied, null, e) { Error = RaftKvError.Storage };
            throw;
        }
    }

    public void Start()
    {
        _disk.Start();
        _apply.Start();
        (_transport as TcpTransport)?.Start();
        _loop.Start(_driver);
        _ = CloseWhenStoppedAsync();
        _ticks = _time.CreateTimer(static loop => ((NodeLoop)loop!).PostTick(), _loop, _tickInterval, _tickInterval);
        // What the core owes from the start, such as the lone member's campaign, must not wait for the first tick.
        _loop.PostTick();
    }

    public void Post(RequestInput request, bool isAlone) => _loop.Post(request, isAlone);

    public ValueTask DisposeAsync()
    {
        lock (_lock)
            _disposing ??= CloseAsync(static () => ValueTask.CompletedTask);
        return new ValueTask(_disposing);
    }

    /// <summary>Closes everything and the machine with it, while the directory is locked unless the node has closed before.</summary>
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

    private static long RandomNumber() => BinaryPrimitives.ReadInt64LittleEndian(RandomNumberGenerator.GetBytes(sizeof(long)));

    private static RaftOptions CoreOptions(RaftNodeOptions options, long session) => new()
    {
        Self = options.NodeId,
        Session = session,
        ElectionTicks = options.ElectionTicks,
        HeartbeatTicks = options.HeartbeatTicks,
        // What is kept in memory is copied by every collection: with 32 MiB here the pauses of a busy node were eight times as long as
        // with 1 MiB. A follower further behind is served from the log's files, which the system still has in memory then.
        EntryWindowBytes = 1024 * 1024,
        EntryBytesMax = OptionsCheck.PayloadBytesLimit + CommandEnvelope.HeaderBytes,
        PendingReadsMax = options.PendingReadsMax,
        ForwardedProposalsMax = options.PendingProposalsMax,
    };

    private TcpTransport OpenTcp(RaftNodeOptions options, Socket listener, ILogger logger) => new(
        new TransportOptions
        {
            Self = options.NodeId,
            ClusterId = options.ClusterId,
            Peers = options.Members.Where(member => member.Key != options.NodeId).ToDictionary(),
            Listener = listener,
            PeerQueueBytesMax = options.PeerQueueBytesMax,
            BodyBytesMax = OptionsCheck.PayloadBytesLimit + 4 * 1024 * 1024,
            Time = options.TimeProvider,
            Logger = logger,
            Seed = (ulong)RandomNumber(),
        },
        new LoopReceiver(_loop));

    // A node that faulted closes its connections and files by itself.
    private async Task CloseWhenStoppedAsync()
    {
        await _loop.Stopped.ConfigureAwait(false);
        await DisposeAsync().ConfigureAwait(false);
    }

    private void Fail(Exception met) => _loop.Post(new FaultInput(StopReasons.From(met)));

    private void Publish(RaftStatus status) => Board.Publish(new RaftNodeStatus
    {
        NodeId = status.Self,
        Raft = status,
        Applied = _driver.Applied,
        PendingProposals = _driver.PendingProposals,
        PendingReads = _driver.PendingReads,
        StopReason = _driver.StopReason,
    });

    private async Task CloseAsync(Func<ValueTask> closeMachine)
    {
        _loop.Stop();
        await _loop.Stopped.ConfigureAwait(false);
        if (_ticks is not null)
            await _ticks.DisposeAsync().ConfigureAwait(false);
        await _disk.StopAsync().ConfigureAwait(false);
        await _apply.StopAsync().ConfigureAwait(false);
        if (_transport is TcpTransport tcp)
            await tcp.DisposeAsync().ConfigureAwait(false);
        _log.Dispose();
        try
        {
            await closeMachine().ConfigureAwait(false);
        }
        finally
        {
            _directory.Dispose();
            Board.Ended(_driver.StopReason!);
        }
    }
}
