using System.Net;
using System.Net.Sockets;
using RaftKv.Node;
using RaftKv.Raft;

namespace RaftKv.Load;

/// <summary>Members in this process, connected over loopback, each with a log of its own on the disk.</summary>
internal sealed class LoadCluster : IAsyncDisposable
{
    private readonly Dictionary<NodeId, EndPoint> _members;
    private readonly string _directory;
    private readonly bool _leaseReads;

    private LoadCluster(Dictionary<NodeId, EndPoint> members, string directory, bool leaseReads)
    {
        _members = members;
        _directory = directory;
        _leaseReads = leaseReads;
        Nodes = new RaftNode[members.Count];
    }

    public RaftNode[] Nodes { get; }

    public RaftNode Leader => Nodes.First(node => !node.Stopped.IsCompleted && node.Status.Raft.Role == Role.Leader);

    public static async Task<LoadCluster> StartAsync(int count, string directory, bool leaseReads = false)
    {
        Socket[] sockets = [.. Enumerable.Range(0, count).Select(_ => Bind())];
        Dictionary<NodeId, EndPoint> members = [];
        for (int i = 0; i < count; i++)
            members.Add(new NodeId(i + 1), sockets[i].LocalEndPoint!);
        LoadCluster cluster = new(members, directory, leaseReads);
        for (int i = 0; i < count; i++)
            await cluster.StartAsync(i, sockets[i]);
        foreach (RaftNode node in cluster.Nodes)
            await node.WaitForLeaderAsync();
        await cluster.Nodes[0].ReadBarrierAsync();
        return cluster;
    }

    public static Socket Bind(EndPoint? address = null)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(address ?? new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }

    public ValueTask StopAsync(int node) => Nodes[node].DisposeAsync();

    /// <summary>Starts a member that was stopped anew, on the same port.</summary>
    public Task RestartAsync(int node) => StartAsync(node, Bind(_members[new NodeId(node + 1)]));

    public async ValueTask DisposeAsync()
    {
        foreach (RaftNode node in Nodes)
            await node.DisposeAsync();
    }

    private async Task StartAsync(int node, Socket socket) => Nodes[node] = await RaftNode.StartAsync(
        new RaftNodeOptions
        {
            NodeId = new NodeId(node + 1),
            DataDirectory = Path.Combine(_directory, $"node{node + 1}"),
            ListenSocket = socket,
            Members = _members,
            LeaseReads = _leaseReads,
        },
        store => new CountingMachine(store));
}
