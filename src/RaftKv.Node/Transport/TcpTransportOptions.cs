using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using RaftKv.Raft;

namespace RaftKv.Node.Transport;

/// <summary>What the TCP transport needs to know.</summary>
public sealed class TcpTransportOptions
{
    /// <summary>This member's number.</summary>
    public required NodeId Self { get; init; }

    /// <summary>The cluster's name; connections of any other cluster are refused.</summary>
    /// <value>1 to 64 printable ASCII characters.</value>
    public required string ClusterId { get; init; }

    /// <summary>The members known at start, as <see cref="ITransport.UpdatePeers"/> takes them.</summary>
    public required IReadOnlyDictionary<NodeId, EndPoint> Peers { get; init; }

    /// <summary>A socket that is bound and listens; the transport closes it.</summary>
    public required Socket Listener { get; init; }

    /// <summary>The log formats that this member's build speaks. A peer with which it has none in common is refused.</summary>
    /// <value>Default 1.1 alone.</value>
    public LogFormatRange Formats { get; init; } = LogFormatRange.First;

    /// <summary>The certificates for connections between members: all are secured by TLS 1.3, and both sides must show one.</summary>
    /// <value>Default null: no TLS. All members must agree on it.</value>
    public ICertificateSource? Certificates { get; init; }

    /// <summary>Where members that fall behind get this node's state from.</summary>
    /// <value>Default null: whoever asks is refused.</value>
    public ISnapshotSource? Snapshots { get; init; }

    /// <summary>Who takes changes of membership that others ask for.</summary>
    /// <value>Default null: whoever asks is refused.</value>
    internal IMembershipDesk? Membership { get; init; }

    /// <summary>How many bytes of messages may wait for the connections of all peers, an equal part of it for each.</summary>
    /// <value>
    /// Bytes; default 64 MiB. Beyond its part messages to a peer are dropped, which the protocol repeats later; a longer one finds room in
    /// an empty queue.
    /// </value>
    public long QueueBytesMax { get; init; } = 64L * 1024 * 1024;

    /// <summary>The longest body of a frame that is accepted. It must hold the largest message.</summary>
    /// <value>Bytes; default 68 MiB, which holds the largest payload. A peer that announces more is cut off.</value>
    public int BodyBytesMax { get; init; } = OptionsCheck.PayloadBytesLimit + 4 * 1024 * 1024;

    /// <summary>Frames of messages with bodies at least this long are compressed by LZ4, where that saves an eighth.</summary>
    /// <value>Bytes; default 64 KiB; <see cref="int.MaxValue"/> for never. Too small: time is spent where little is saved.</value>
    public int CompressFromBytes { get; init; } = 64 * 1024;

    /// <summary>Where time comes from.</summary>
    /// <value>Default <see cref="TimeProvider.System"/>.</value>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Where log messages go.</summary>
    /// <value>Default: nowhere.</value>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>Seeds the jitter of reconnecting; should differ between members.</summary>
    public required ulong Seed { get; init; }

    /// <summary>How long the other side may take to introduce itself.</summary>
    /// <value>Default 5 s. Too small: peers are cut off while their process pauses. Too large: a silent stranger stays longer.</value>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a frame of messages may take from its first byte to its last before its connection is closed.</summary>
    /// <value>
    /// Default 10 s. Too small: long entries do not pass over slow links. Too large: after a length was damaged on the way, the peer is
    /// not heard for as long.
    /// </value>
    public TimeSpan FrameTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How many connections may be open that have not introduced themselves. Beyond it the oldest of them is closed.</summary>
    /// <value>Default 128.</value>
    public int HalfOpenMax { get; init; } = 128;

    /// <summary>How fast states are sent to members that fell behind, all of them together.</summary>
    /// <value>Bytes per second; default 0: as fast as they go.</value>
    public long SnapshotBytesPerSecondMax { get; init; }

    /// <summary>How many states are sent at a time. Who asks beyond it is refused and asks again later.</summary>
    /// <value>Default 4; each takes about one mebibyte of memory.</value>
    public int SnapshotStreamsMax { get; init; } = 4;

    /// <summary>How long a transfer of state may stand still before it is given up, on either side.</summary>
    /// <value>Default 30 s. Too small: a pause of the other side's disk ends it. Too large: a lost leader is waited for longer.</value>
    public TimeSpan SnapshotStallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long an opened state is kept after its connection broke, so that the other side can go on where it was.</summary>
    /// <value>Default 60 s; what the state pins stays pinned meanwhile.</value>
    public TimeSpan SnapshotKeepTime { get; init; } = TimeSpan.FromSeconds(60);
}
