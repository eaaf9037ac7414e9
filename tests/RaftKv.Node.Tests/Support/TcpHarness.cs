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
    private readonly SortedList<NodeId, ReservedPort> _ports = [];
    private readonly SortedList<NodeId, TcpTransport> _transports = [];

    public TcpHarness(bool secure)
    {
        _authority = secure ? new TestAuthority() : null;
        for (int i = 1; i <= 3; i++)
            _ports.Add(new NodeId(i), new ReservedPort());
    }

    public EndPoint AddressOf(NodeId member) => _ports[member].Address;

    public Task<ITransport> StartAsync(NodeId member, ITransportReceiver receiver, ISnapshotSource? snapshots)
    {
        Socket socket = _ports[member].Bind();
        socket.Listen(512);
        TcpTransport transport = new(
            new TcpTransportOptions
            {
                Self = member,
                ClusterId = "orders",
                Peers = TcpMember.Map(),
                Listener = socket,
                HandshakeTimeout = Until.Patience,
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
        foreach (ReservedPort port in _ports.Values)
            port.Dispose();
        _authority?.Dispose();
    }
}
