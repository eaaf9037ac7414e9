using System.Net;
using System.Net.Sockets;
using RaftKv.Node;
using RaftKv.Raft;

namespace RaftKv.Load;

/// <summary>Members in this process, connected over loopback, each with a log of its own on the disk.</summary>
internal sealed class LoadCluster : IAsyncDisposable
{
    private LoadCluster(RaftNode[] nodes) => Nodes = nodes;

    public RaftNode[] Nodes { get; }

    public RaftNode Leader => Nodes.First(node => node.Status.Raft.Role == Role.Leader);

    public static async Task<LoadCluster> StartAsync(int count, string directory)
    {
        Socket[] sockets = [.. Enumerable.Range(0, count).Select(_ => Bind())];
        Dictionary<NodeId, EndPoint> members = [];
        for (int i = 0; i < count; i++)
            members.Add(new NodeId(i + 1), sockets[i].LocalEndPoint!);
        RaftNode[] nodes = new RaftNode[count];
        for (int i = 0; i < count; i++)
        {
            nodes[i] = await RaftNode.StartAsync(
                new RaftNodeOptions
                {
                    NodeId = new NodeId(i + 1),
                    DataDirectory = Path.Combine(directory, $"node{i + 1}"),
                    ListenSocket = sockets[i],
                    Members = members,
                },
                store => new CountingMachine(store));
        }
        foreach (RaftNode node in nodes)
            await node.WaitForLeaderAsync();
        await nodes[0].ReadBarrierAsync();
        return new LoadCluster(nodes);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (RaftNode node in Nodes)
            await node.DisposeAsync();
    }

    private static Socket Bind()
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }
}
