using System.Net;
using System.Net.Sockets;
using RaftKv.Node.Transport;
using RaftKv.Raft;
using RaftKv.Storage.Disk;

namespace RaftKv.Node.Tests.Support;

/// <summary>Nodes with real sockets on 127.0.0.1, real threads and directories of their own.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    /// <summary>With ticks as long as this one, nobody loses leadership because a thread of a busy machine stood still for some seconds.</summary>
    public static readonly TimeSpan PatientTick = TimeSpan.FromMilliseconds(600);

    private readonly SortedList<long, RaftNode> _nodes = [];
    private readonly SortedList<long, ListMachine> _machines = [];
    private readonly Dictionary<NodeId, EndPoint> _members = [];
    private readonly SortedList<long, ReservedPort> _ports = [];
    private readonly List<ReservedPort> _left = [];

    /// <param name="members">How many.</param>
    /// <param name="reachedAt">Where others reach a member, given where it listens; default there.</param>
    public TestCluster(int members, Func<IPEndPoint, IPEndPoint>? reachedAt = null)
    {
        for (int i = 1; i <= members; i++)
        {
            IPEndPoint address = PortOf(i).Address;
            _members.Add(new NodeId(i), reachedAt?.Invoke(address) ?? address);
        }
    }

    public TimeSpan RequestTimeout { get; init; } = Until.Patience;

    /// <summary>Short, so that elections are; longer where a busy machine must not make members change their minds.</summary>
    public TimeSpan TickInterval { get; init; } = TimeSpan.FromMilliseconds(10);

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public bool LeaseReads { get; init; }

    /// <summary>The newest machine format of the builds that are started from now on.</summary>
    public int FormatMax { get; set; } = 1;

    public bool ActivatesFormats { get; init; } = true;

    /// <summary>How long a member waits beyond the others before it campaigns; default not at all.</summary>
    public Func<long, int>? ElectionDelayTicks { get; init; }

    /// <summary>Members that belong to another cluster than <c>orders</c> when they start.</summary>
    public Dictionary<long, string> ClusterIds { get; } = [];

    /// <summary>What a member shows; null, the default, for connections without TLS.</summary>
    public Func<long, ICertificateSource>? Certificates { get; init; }

    public int CommandsPerCheckpoint { get; init; } = 100;

    /// <summary>Whether the machines' states can travel from member to member.</summary>
    public bool Travels { get; init; }

    public RecordingLogger Log { get; } = new();

    public TestDirectory Directory { get; } = new();

    public IEnumerable<RaftNode> Nodes => _nodes.Values;

    public RaftNode this[long id] => _nodes[id];

    public RaftNode? Find(long id)
    {
        lock (_nodes)
            return _nodes.GetValueOrDefault(id);
    }

    public ListMachine Machine(long id) => _machines[id];

    public string DirectoryOf(long id) => Path.Combine(Directory.Path, $"node{id}");

    public async Task StartAllAsync()
    {
        foreach (NodeId id in _members.Keys)
            await StartAsync(id.Value);
    }

    public async Task StartAsync(long id)
    {
        RaftNodeOptions options = Options(id, PortOf(id).Bind());
        RaftNode node = await RaftNode.StartAsync(options, store => _machines[id] = OpenMachine(store));
        lock (_nodes)
            _nodes[id] = node;
    }

    /// <summary>Starts one more node, which waits to be added, or asks for it through a member; returns its address.</summary>
    public async Task<EndPoint> StartJoiningAsync(long id, long? through = null)
    {
        ReservedPort port = PortOf(id);
        Socket socket = port.Bind();
        RaftNodeOptions options = Options(id, socket, joins: through is null, through is { } member ? _members[new NodeId(member)] : null);
        RaftNode node = await RaftNode.StartAsync(options, store => _machines[id] = OpenMachine(store));
        lock (_nodes)
            _nodes[id] = node;
        return port.Address;
    }

    /// <summary>Starts a member that was stopped on another port, as if it had moved; returns its address.</summary>
    public async Task<EndPoint> StartElsewhereAsync(long id)
    {
        _left.Add(PortOf(id));
        _ports.Remove(id);
        await StartAsync(id);
        return PortOf(id).Address;
    }

    public RaftNodeOptions Options(long id, Socket socket, bool joins = false, EndPoint? through = null) => new()
    {
        NodeId = new NodeId(id),
        ClusterId = ClusterIds.GetValueOrDefault(id, "orders"),
        DataDirectory = DirectoryOf(id),
        ListenSocket = socket,
        Members = joins || through is not null ? new Dictionary<NodeId, EndPoint>() : _members,
        JoinsExisting = joins,
        JoinThrough = through,
        Certificates = Certificates?.Invoke(id),
        TickInterval = TickInterval,
        TimeProvider = Time,
        RequestTimeout = RequestTimeout,
        StopTimeout = TimeSpan.FromSeconds(20),
        LoggerFactory = Log,
        LeaseReads = LeaseReads,
        FormatMax = FormatMax,
        ActivatesFormats = ActivatesFormats,
        ElectionDelayTicks = ElectionDelayTicks?.Invoke(id) ?? 0,
    };

    // Whoever is started again with a number listens where it did before, as a restarted process would.
    private ReservedPort PortOf(long id)
    {
        if (!_ports.TryGetValue(id, out ReservedPort? port))
            _ports.Add(id, port = new ReservedPort());
        return port;
    }

    private ListMachine OpenMachine(IStorageDirectory store) =>
        Travels ? new TravellingList(store, CommandsPerCheckpoint) : new ListMachine(store, CommandsPerCheckpoint);

    public async Task StopAsync(long id)
    {
        RaftNode node = _nodes[id];
        lock (_nodes)
            _nodes.Remove(id);
        await node.DisposeAsync();
    }

    /// <summary>Waits until all members that run follow the same one, and returns it.</summary>
    public async Task<RaftNode> UntilLeaderAsync()
    {
        RaftNode? leader = null;
        await Until.True(
            () => (leader = _nodes.Values.FirstOrDefault(node => node.Status.Raft.Role == Role.Leader)) is { } found
                && _nodes.Values.All(node => node.Leader == found.NodeId),
            "all members follow the same one");
        return leader!;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (RaftNode node in _nodes.Values)
            await node.DisposeAsync();
        foreach (ReservedPort port in _ports.Values.Concat(_left))
            port.Dispose();
        Directory.Dispose();
    }
}
