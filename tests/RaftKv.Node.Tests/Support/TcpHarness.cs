using System.Net;
using System.Net.Sockets;
using RaftKv.Node.Transport;
using RaftKv.Raft;
using RaftKv.Testing.Network;

namespace RaftKv.Node.Tests.Support;

/// <summary>TCP transports on 127.0.0.1, plain or with certificates.</summary>
internal sealed class TcpHarness : ITransportHarness
{
    private readonly TestAuthority? _authority;
    private readonly SortedList<NodeId, Socket> _sockets = [];
    private readonly SortedList<NodeId, IPEndPoint> _addresses = [];
    private readonly SortedList<NodeId, TcpTransport> _transports = [];

    public TcpHarness(bool secure)
    {
        _authority = secure ? new TestAuthority() : null;
        for (int i = 1; i <= 3; i++)
        {
            Socket socket = Loopback.Bind();
            _sockets.Add(new NodeId(i), socket);
            _addresses.Add(new NodeId(i), Loopback.AddressOf(socket));
        }
    }

    public EndPoint AddressOf(NodeId member) => _addresses[member];

    public Task<ITransport> StartAsync(NodeId member, ITransportReceiver receiver, ISnapshotSource? snapshots)
    {
        if (!_sockets.Remove(member, out Socket? socket))
            socket = Loopback.Bind(_addresses[member].Port);
        socket.Listen(512);
        TcpTransport transport = new(
            new TcpTransportOptions
            {
                Self = member,
                ClusterId = "orders",
                Peers = TcpMember.Map(),
                Listener = socket,
                Seed = (ulong)member.Value,
                Snapshots = snapshots,
                Certificates = _authority is null ? null : new SettableCertificates(_authority.Issue(member.Value)),
            },
            receiver);
        transport.Start();
        _transports.Add(member, transport);
        return Task.FromResult<ITransport>(transport);
    }

    public async Task StopAsync(NodeId member)
    {
        _transports.Remove(member, out TcpTransport? transport);
        await transport!.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (TcpTransport transport in _transports.Values)
            await transport.DisposeAsync();
        foreach (Socket socket in _sockets.Values)
            socket.Dispose();
        _authority?.Dispose();
    }
}
