using System.Net;
using System.Net.Sockets;
using RaftKv.Node.Transport;
using RaftKv.Raft;

namespace RaftKv.Node.Tests.Support;

/// <summary>A TCP transport on 127.0.0.1 with a recorder behind it.</summary>
internal sealed class TcpMember : IAsyncDisposable
{
    private readonly Socket _socket;
    private TcpTransport? _transport;

    /// <param name="id">Its number.</param>
    /// <param name="port">Where it listens; default where nobody did before.</param>
    public TcpMember(long id, ReservedPort? port = null)
    {
        Id = new NodeId(id);
        _socket = port?.Bind() ?? Loopback.Bind();
        _socket.Listen(512);
        Address = Loopback.AddressOf(_socket);
    }

    public NodeId Id { get; }

    public IPEndPoint Address { get; }

    public RecordingReceiver Received { get; } = new();

    public RecordingLogger Log { get; init; } = new();

    public TcpTransport Transport => _transport ?? throw new InvalidOperationException("The member was not started.");

    public ICertificateSource? Certificates { get; init; }

    public ISnapshotSource? Snapshots { get; init; }

    public IMembershipDesk? Membership { get; init; }

    public LogFormatRange Formats { get; init; } = LogFormatRange.First;

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public TimeSpan HandshakeTimeout { get; init; } = Until.Patience;

    public TimeSpan FrameTimeout { get; init; } = Until.Patience;

    public int HalfOpenMax { get; init; } = 128;

    public long SnapshotBytesPerSecondMax { get; init; }

    public int SnapshotStreamsMax { get; init; } = 4;

    public TimeSpan SnapshotStallTimeout { get; init; } = Until.Patience;

    public TimeSpan SnapshotKeepTime { get; init; } = Until.Patience;

    public TcpTransport Start(params (long Id, EndPoint Address)[] peers)
    {
        _transport = new TcpTransport(
            new TcpTransportOptions
            {
                Self = Id,
                ClusterId = "orders",
                Peers = Map(peers),
                Listener = _socket,
                Logger = Log,
                Seed = (ulong)Id.Value,
                Time = Time,
                Certificates = Certificates,
                HandshakeTimeout = HandshakeTimeout,
                FrameTimeout = FrameTimeout,
                HalfOpenMax = HalfOpenMax,
                Snapshots = Snapshots,
                Membership = Membership,
                Formats = Formats,
                SnapshotBytesPerSecondMax = SnapshotBytesPerSecondMax,
                SnapshotStreamsMax = SnapshotStreamsMax,
                SnapshotStallTimeout = SnapshotStallTimeout,
                SnapshotKeepTime = SnapshotKeepTime,
            },
            Received);
        _transport.Start();
        return _transport;
    }

    public static Dictionary<NodeId, EndPoint> Map(params (long Id, EndPoint Address)[] peers) =>
        peers.ToDictionary(peer => new NodeId(peer.Id), peer => peer.Address);

    public async ValueTask DisposeAsync()
    {
        if (_transport is not null)
            await _transport.DisposeAsync();
        _socket.Dispose();
    }
}
