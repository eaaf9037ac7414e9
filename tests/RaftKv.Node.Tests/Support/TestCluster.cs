using System.Net;
using System.Net.Sockets;
using RaftKv.Node.Transport;
using RaftKv.Raft;
using RaftKv.Storage.Disk;

namespace RaftKv.Node.Tests.Support;

/// <summary>Nodes with real sockets on 127.0.0.1, real threads and directories of their own.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    private readonly SortedList<long, RaftNode> _nodes = [];
    private readonly SortedList<long, ListMachine> _machines = [];
    private readonly Dictionary<NodeId, EndPoint> _members = [];
    private readonly SortedList<long, Socket> _sockets = [];

    /// <param name="members">How many.</param>
    /// <param name="reachedAt">Where others reach a member, given where it listens; default there.</param>
    public TestCluster(int members, Func<IPEndPoint, IPEndPoint>? reachedAt = null)
    {
        for (int i = 1; i <= members; i++)
        {
            Socket socket = Loopback.Bind();
            _sockets.Add(i, socket);
            IPEndPoint address = Loopback.AddressOf(socket);
            _members.Add(new NodeId(i), reachedAt?.Invoke(address) ?? address);
        }
    }

    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Short, so that elections are; longer where a busy machine must not make members change their minds.</summary>
    public TimeSpan TickInterval { get; init; } = TimeSpan.FromMilliseconds(10);

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
        // A socket once closed is bound anew on the same port, as a restarted process would.
        if (!_sockets.Remove(id, out Socket? socket))
            socket = Loopback.Bind(((IPEndPoint)_members[new NodeId(id)]).Port);
        RaftNodeOptions options = Options(id, socket);
        RaftNode node = await RaftNode.StartAsync(options, store => _machines[id] = OpenMachine(store));
        lock (_nodes)
            _nodes[id] = node;
    }

    /// <summary>Starts one more node, which waits to be added, or asks for it through a member; returns its address.</summary>
    public async Task<EndPoint> StartJoiningAsync(long id, long? through = null, int port = 0)
    {
        Socket socket = Loopback.Bind(port);
        EndPoint address = Loopback.AddressOf(socket);
        RaftNodeOptions options = Options(id, socket, joins: through is null, through is { } member ? _members[new NodeId(member)] : null);
        RaftNode node = await RaftNode.StartAsync(options, store => _machines[id] = OpenMachine(store));
        lock (_nodes)
            _nodes[id] = node;
        return address;
    }

    /// <summary>Starts a member that was stopped on another port, as if it had moved; returns its address.</summary>
    public async Task<EndPoint> StartElsewhereAsync(long id)
    {
        Socket socket = Loopback.Bind();
        EndPoint address = Loopback.AddressOf(socket);
        RaftNode node = await RaftNode.StartAsync(Options(id, socket), store => _machines[id] = OpenMachine(store));
        lock (_nodes)
            _nodes[id] = node;
        return address;
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
        RequestTimeout = RequestTimeout,
        StopTimeout = TimeSpan.FromSeconds(20),
        LoggerFactory = Log,
        LeaseReads = LeaseReads,
        FormatMax = FormatMax,
        ActivatesFormats = ActivatesFormats,
        ElectionDelayTicks = ElectionDelayTicks?.Invoke(id) ?? 0,
    };

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
        foreach (Socket socket in _sockets.Values)
            socket.Dispose();
        Directory.Dispose();
    }
}
