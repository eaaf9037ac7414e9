using System.Net.Sockets;
using System.Text;
using RaftKv.Raft;

namespace RaftKv.Node.Transport;

/// <summary>
/// Accepts connections and lets a peer in once it has introduced itself. Whoever cannot is refused with one log line; nobody
/// else notices.
/// </summary>
internal sealed class ConnectionAcceptor(
    TcpTransportOptions options, ITransportReceiver receiver, SnapshotServer snapshots, Func<NodeId, bool> isPeer,
    Action<NodeId> peerArrived) : IAsyncDisposable
{
    private const string Removed = "it is no member any more";

    private static readonly TimeSpan AcceptPause = TimeSpan.FromMilliseconds(100);

    private readonly WireFormat _handshake = WireFormat.OfHandshake(options.ClusterId);
    private readonly TlsHandshake _tls = new(options);
    private readonly MembershipServer _membership = new(options);
    private readonly Lock _lock = new();

    // Connections that have not introduced themselves, oldest first. Bounded by HalfOpenMax: one more closes the oldest, so a
    // flood of them cannot keep a member out.
    private readonly LinkedList<Connection> _halfOpen = [];

    // A new connection that brings messages takes the place of the peer's old one, which is closed: after a peer's machine died
    // without a word the old one would stay forever. Those that fetch state are bounded by the server.
    private readonly List<(NodeId Peer, ConnectionPurpose Purpose, Connection Connection)> _established = [];
    private readonly TaskSet _connections = new();

    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                Socket socket = await options.Listener.AcceptAsync(stopping).ConfigureAwait(false);
                _connections.Add(ServeAsync(socket, stopping));
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            catch (SocketException e)
            {
                // One connection failed before it was accepted, or the process has no handles left: the next accept tells. Without
                // a pause the latter would fail again at once, as often as a core can count.
                NodeLog.AcceptFailed(options.Logger, options.Self, e.Message);
                await Pause.ForAsync(AcceptPause, options.Time, stopping).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Closes the connections of those who are no peers any more.</summary>
    public void CloseStrangers()
    {
        lock (_lock)
        {
            foreach ((NodeId peer, _, Connection connection) in _established)
            {
                if (!isPeer(peer))
                    connection.Close(Removed);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        options.Listener.Dispose();
        await _connections.WhenAll().ConfigureAwait(false);
    }

    private async Task ServeAsync(Socket socket, CancellationToken stopping)
    {
        using Socket owned = socket;
        string remote = "an unknown address";
        string refused;
        Connection? connection = null;
        try
        {
            remote = socket.RemoteEndPoint?.ToString() ?? remote;
            connection = new Connection(socket);
            refused = await ServeAsync(connection, remote, stopping).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
            refused = connection?.CloseReason ?? e.Message;
        }
        catch (OperationCanceledException)
        {
            refused = "it did not introduce itself in time";
        }
        finally
        {
            connection?.Dispose();
        }
        if (stopping.IsCancellationRequested || refused.Length == 0)
            return;
        NodeLog.ConnectionRefused(options.Logger, options.Self, remote, refused);
        receiver.ConnectionRefused();
    }

    // Returns why the connection was refused, in words; empty when it ended as connections do.
    private async Task<string> ServeAsync(Connection connection, string remote, CancellationToken stopping)
    {
        (Handshake? hello, string? refused) = await ReadHelloAsync(connection, stopping).ConfigureAwait(false);
        string? misnamed = hello is null ? null : TlsHandshake.JudgeNames(connection, options.ClusterId, hello.From);
        refused ??= misnamed ?? HelloReader.Judge(hello!, options, isPeer);
        if (connection.CanSend)
            await AnswerAsync(connection, hello, refused, stopping).ConfigureAwait(false);
        if (hello is not null && misnamed is null && HelloReader.KnocksFrom(hello, options, isPeer) is { } address)
            receiver.Knocked(hello.From, address);
        if (refused is not null)
            return refused;
        NodeId peer = hello!.From;
        if (hello.Purpose == ConnectionPurpose.Membership)
            return await _membership.ServeAsync(connection, peer, isPeer(peer), stopping).ConfigureAwait(false);
        Establish(peer, hello.Purpose, connection);
        try
        {
            if (hello.Purpose == ConnectionPurpose.Snapshot)
                return await snapshots.ServeAsync(connection, peer, stopping).ConfigureAwait(false);
            NodeLog.PeerAccepted(options.Logger, options.Self, peer, remote);
            peerArrived(peer);
            FrameStatus ended = await new PeerReceiver(options, peer, connection, receiver).RunAsync(stopping).ConfigureAwait(false);
            return ended == FrameStatus.NeedMore ? "" : FrameReader.Describe(ended);
        }
        finally
        {
            lock (_lock)
                _established.RemoveAll(other => other.Connection == connection);
        }
    }

    private async ValueTask<(Handshake? Hello, string? Refused)> ReadHelloAsync(Connection connection, CancellationToken stopping)
    {
        LinkedListNode<Connection> place = AddHalfOpen(connection);
        try
        {
            using CancellationTokenSource patience = new(options.HandshakeTimeout, options.Time);
            using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stopping);
            string? refused = await _tls.AcceptAsync(connection, either.Token).ConfigureAwait(false);
            return refused is null
                ? await HelloReader.ReadAsync(connection, _handshake, either.Token).ConfigureAwait(false)
                : (null, refused);
        }
        finally
        {
            lock (_lock)
            {
                if (place.List is not null)
                    _halfOpen.Remove(place);
            }
        }
    }

    private async ValueTask AnswerAsync(Connection connection, Handshake? hello, string? refused, CancellationToken stopping)
    {
        FrameBuffer answer = new(_handshake);
        if (refused is null)
        {
            Welcome welcome = new(
                Math.Min(hello!.VersionMax, WireFormat.VersionMax), (byte)(hello.Features & WireFormat.FeaturesKnown), options.Formats);
            connection.Format = _handshake with { Version = welcome.Version, Features = welcome.Features };
            answer.Add(FrameKind.Welcome, welcome.Encode());
        }
        else
        {
            answer.Add(FrameKind.Refusal, Encoding.UTF8.GetBytes(refused));
        }
        await connection.SendAsync(answer.Written, stopping).ConfigureAwait(false);
    }

    private LinkedListNode<Connection> AddHalfOpen(Connection connection)
    {
        lock (_lock)
        {
            if (_halfOpen.Count >= options.HalfOpenMax)
            {
                _halfOpen.First!.Value.Close("others came, and it had not introduced itself");
                _halfOpen.RemoveFirst();
            }
            return _halfOpen.AddLast(connection);
        }
    }

    private void Establish(NodeId peer, ConnectionPurpose purpose, Connection connection)
    {
        lock (_lock)
        {
            foreach ((NodeId Peer, ConnectionPurpose Purpose, Connection Connection) other in _established)
            {
                if (other.Peer == peer && other.Purpose == purpose && purpose == ConnectionPurpose.Messages)
                    other.Connection.Close("it connected anew");
            }
            _established.Add((peer, purpose, connection));
            // It may have been removed since it was judged.
            if (!isPeer(peer))
                connection.Close(Removed);
        }
    }
}
