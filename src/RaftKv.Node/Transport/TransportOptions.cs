using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using RaftKv.Raft;

namespace RaftKv.Node.Transport;

/// <summary>What the TCP transport needs to know.</summary>
internal sealed class TransportOptions
{
    public required NodeId Self { get; init; }

    public required string ClusterId { get; init; }

    /// <summary>The members as far as they are known at start, this node included if it knows where it is reached.</summary>
    public required IReadOnlyDictionary<NodeId, EndPoint> Peers { get; init; }

    /// <summary>Bound and listening.</summary>
    public required Socket Listener { get; init; }

    public required long PeerQueueBytesMax { get; init; }

    /// <summary>The longest body of a frame that is accepted.</summary>
    public required int BodyBytesMax { get; init; }

    public required TimeProvider Time { get; init; }

    public required ILogger Logger { get; init; }

    /// <summary>Seeds the jitter of reconnecting.</summary>
    public required ulong Seed { get; init; }

    /// <summary>How long the other side may take to introduce itself.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How many connections may be open that have not introduced themselves. Beyond it the oldest of them is closed.</summary>
    public int HalfOpenMax { get; init; } = 128;
}
