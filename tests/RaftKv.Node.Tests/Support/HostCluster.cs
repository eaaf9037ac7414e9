using System.Net;
using System.Net.Sockets;
using RaftKv.Raft;
using RaftKv.Storage.Disk;

namespace RaftKv.Node.Tests.Support;

/// <summary>Hosts with real sockets on 127.0.0.1, and groups that run on all of them.</summary>
internal sealed class HostCluster : IAsyncDisposable
{
    private readonly Dictionary<NodeId, EndPoint> _members = [];
    private readonly SortedList<long, ReservedPort> _ports = [];
    private readonly SortedList<long, NodeHost> _hosts = [];
    private readonly Dictionary<(long Host, long Group), ListMachine> _machines = [];
    private readonly TestDirectory _directory = new();

    public HostCluster(int hosts)
    {
        for (int i = 1; i <= hosts; i++)
        {
            ReservedPort port = new();
            _ports.Add(i, port);
            _members.Add(new NodeId(i), port.Address);
        }
    }

    /// <summary>After how many ticks without work groups come to rest; 0 for never.</summary>
    public int QuiesceTicks { get; init; }

    public string ClusterId { get; init; } = "orders";

    /// <summary>What each host may hold in memory.</summary>
    public long MemoryBytesMax { get; init; } = 256L * 1024 * 1024;

    public IList<NodeHost> Hosts => _hosts.Values;

    public NodeHost this[long host] => _hosts[host];

    public RaftNode Node(long host, long group) => _hosts[host].Find(new GroupId(group))!;

    public ListMachine Machine(long host, long group) => _machines[(host, group)];

    public async Task StartHostAsync(long host, IStorageDirectory? storage = null) =>
        _hosts[host] = await NodeHost.OpenAsync(Options(host, storage, _ports[host].Bind()));

    /// <summary>Makes the directory of a host that begins with states.</summary>
    public void Found(long host, params FoundedGroup[] groups)
    {
        using Socket socket = _ports[host].Bind();
        ClusterRecovery.Found(Options(host, storage: null, socket), groups);
    }

    public async Task StartHostsAsync()
    {
        foreach (NodeId host in _members.Keys)
            await StartHostAsync(host.Value);
    }

    /// <summary>Starts a group on some hosts, by default on all; each machine keeps its files in its host's directory.</summary>
    public async Task StartGroupAsync(long group, params long[] hosts)
    {
        foreach (long host in hosts.Length == 0 ? [.. _hosts.Keys] : hosts)
            await StartMemberAsync(host, group, hosts);
    }

    /// <summary>Starts a group on one host, the founding members being those named, or all.</summary>
    public Task StartMemberAsync(long host, long group, params long[] members) => _hosts[host].StartGroupAsync(
        new GroupId(group),
        [.. members.Select(member => new NodeId(member))],
        store => _machines[(host, group)] = new ListMachine(store, 100));

    public async Task StopHostAsync(long host)
    {
        await _hosts[host].DisposeAsync();
        _hosts.Remove(host);
    }

    private RaftNodeOptions Options(long host, IStorageDirectory? storage, Socket? socket) => new()
    {
        NodeId = new NodeId(host),
        ClusterId = ClusterId,
        DataDirectory = storage is null ? Path.Combine(_directory.Path, $"host{host}") : null,
        Storage = storage,
        ListenSocket = socket,
        Members = _members,
        TickInterval = TimeSpan.FromMilliseconds(10),
        RequestTimeout = Until.Patience,
        PendingProposalsMax = 500,
        QuiesceTicks = QuiesceTicks,
        MemoryBytesMax = MemoryBytesMax,
    };

    public async ValueTask DisposeAsync()
    {
        foreach (NodeHost host in _hosts.Values)
            await host.DisposeAsync();
        foreach (ReservedPort port in _ports.Values)
            port.Dispose();
        _directory.Dispose();
    }
}
