using System.Net;
using System.Net.Sockets;
using System.Text;
using RaftKv.Raft;

namespace RaftKv.Node.Transport;

/// <summary>Connects to another member and introduces this one.</summary>
/// <param name="options">How.</param>
/// <param name="ownAddress">Where this member is reached; empty while it does not know.</param>
internal sealed class Connector(TcpTransportOptions options, Func<string> ownAddress)
{
    private readonly WireFormat _handshake = WireFormat.OfHandshake(options.ClusterId);
    private readonly TlsHandshake _tls = new(options);

    /// <summary>Connects; or says in words why it could not.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task<(Connection? Connection, string Reason)> ConnectAsync(
        NodeId peer, EndPoint address, ConnectionPurpose purpose, CancellationToken token)
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
        Connection? connection = null;
        try
        {
            using CancellationTokenSource patience = new(options.HandshakeTimeout, options.Time);
            using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, token);
            await socket.ConnectAsync(address, either.Token).ConfigureAwait(false);
            connection = new Connection(socket);
            string? refused = await _tls.ConnectAsync(connection, peer, either.Token).ConfigureAwait(false);
            refused ??= await IntroduceAsync(connection, peer, purpose, either.Token).ConfigureAwait(false);
            if (refused is null)
                return (connection, "");
            connection.Dispose();
            return (null, refused);
        }
        catch (Exception e)
        {
            // Whatever it is, the platform's refusal of a family of addresses too: it ends the attempt and not whoever makes attempts.
            connection?.Dispose();
            socket.Dispose();
            token.ThrowIfCancellationRequested();
            return (null, e is OperationCanceledException ? "it did not answer in time" : e.Message);
        }
    }

    // Null when the peer welcomed us.
    private async Task<string?> IntroduceAsync(Connection connection, NodeId peer, ConnectionPurpose purpose, CancellationToken token)
    {
        FrameBuffer hello = new(_handshake);
        hello.Add(FrameKind.Hello, new Handshake
        {
            ClusterId = options.ClusterId,
            From = options.Self,
            To = peer,
            Purpose = purpose,
            Features = WireFormat.FeaturesKnown,
            Address = ownAddress(),
            Formats = options.Formats,
        }.Encode());
        await connection.SendAsync(hello.Written, token).ConfigureAwait(false);
        (FrameStatus status, FrameKind kind, byte[] body) =
            await FrameReader.ReadAsync(connection.Input, _handshake, Handshake.BytesMax, token).ConfigureAwait(false);
        switch (status, kind)
        {
            case (FrameStatus.Done, FrameKind.Refusal):
                return "it refused us: " + Encoding.UTF8.GetString(body);
            case (FrameStatus.Done, FrameKind.Welcome) when Welcome.Decode(body) is { } welcome:
                connection.Format = _handshake with { Version = welcome.Version, Features = welcome.Features };
                connection.PeerFormats = welcome.Formats;
                return null;
            case (FrameStatus.Done, _):
                return "it answered the introduction with something else";
            default:
                return FrameReader.Describe(status);
        }
    }
}
