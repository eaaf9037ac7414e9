using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;
using RaftKv.Raft;

namespace RaftKv.Node.Transport;

/// <summary>
/// Accepts connections and lets a peer in once it has introduced itself. Whoever cannot is refused with one log line; nobody
/// else notices.
/// </summary>
internal sealed class ConnectionAcceptor(
    TransportOptions options, ITransportReceiver receiver, Func<NodeId, bool> isPeer, Action<NodeId> peerArrived) : IAsyncDisposable
{
    private static readonly TimeSpan AcceptPause = TimeSpan.FromMilliseconds(100);

    private readonly uint _clusterTag = Handshake.TagOf(options.ClusterId);
    private readonly Lock _lock = new();

    // Connections that have not introduced themselves, oldest first. Bounded by HalfOpenMax: one more closes the oldest, so a
    // flood of them cannot keep a member out.
    private readonly LinkedList<Socket> _halfOpen = [];

    // The connection each peer sends on. A new one takes the place of the old, which is closed: after a peer's machine died
    // without a word the old one would stay forever.
    private readonly SortedList<long, Socket> _established = [];
    private readonly HashSet<Task> _connections = [];

    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                Socket socket = await options.Listener.AcceptAsync(stopping).ConfigureAwait(false);
                Track(ServeAsync(socket, stopping));
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
                // One connection failed before it was accepted, or the process has no handles left: the next accept tells.
                NodeLog.AcceptFailed(options.Logger, options.Self, e.Message);
                await PauseAsync(stopping).ConfigureAwait(false);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        options.Listener.Dispose();
        Task[] open;
        lock (_lock)
            open = [.. _connections];
        await Task.WhenAll(open).ConfigureAwait(false);
    }

    // A process out of handles would otherwise fail again at once, as often as a core can count.
    private async Task PauseAsync(CancellationToken stopping)
    {
        Signal over = new();
        using CancellationTokenRegistration stopped = stopping.UnsafeRegister(static over => ((Signal)over!).Set(), over);
        using ITimer timer = options.Time.CreateTimer(
            static over => ((Signal)over!).Set(), over, AcceptPause, Timeout.InfiniteTimeSpan);
        await over.WaitAsync().ConfigureAwait(false);
    }

    private void Track(Task connection)
    {
        lock (_lock)
            _connections.Add(connection);
        _ = connection.ContinueWith(
            ended =>
            {
                lock (_lock)
                    _connections.Remove(ended);
            },
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private async Task ServeAsync(Socket socket, CancellationToken stopping)
    {
        using Socket owned = socket;
        string remote = "an unknown address";
        string refused;
        try
        {
            remote = socket.RemoteEndPoint?.ToString() ?? remote;
            socket.NoDelay = true;
            refused = await ServeAsync(socket, remote, stopping).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
            refused = e.Message;
        }
        catch (OperationCanceledException)
        {
            refused = "it did not introduce itself in time";
        }
        if (!stopping.IsCancellationRequested && refused.Length > 0)
            NodeLog.ConnectionRefused(options.Logger, options.Self, remote, refused);
    }

    // Returns why the connection was refused, in words; empty when it ended as connections do.
    private async Task<string> ServeAsync(Socket socket, string remote, CancellationToken stopping)
    {
        using NetworkStream stream = new(socket, ownsSocket: false);
        PipeReader reader = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 64 * 1024, leaveOpen: true));
        try
        {
            (Handshake? hello, string? refused) = await ReadHelloAsync(socket, reader, stopping).ConfigureAwait(false);
            refused ??= Judge(hello!);
            await AnswerAsync(socket, refused, stopping).ConfigureAwait(false);
            if (refused is not null)
                return refused;
            Establish(hello!.From, socket);
            NodeLog.PeerAccepted(options.Logger, options.Self, hello.From, remote);
            peerArrived(hello.From);
            PeerReceiver frames = new(options, hello.From, reader, receiver);
            FrameStatus ended = await frames.RunAsync(stopping).ConfigureAwait(false);
            return ended == FrameStatus.NeedMore ? "" : HandshakeReader.Describe(ended);
        }
        finally
        {
            await reader.CompleteAsync().ConfigureAwait(false);
            Forget(socket);
        }
    }

    private async ValueTask<(Handshake? Hello, string? Refused)> ReadHelloAsync(
        Socket socket, PipeReader reader, CancellationToken stopping)
    {
        LinkedListNode<Socket> place = AddHalfOpen(socket);
        try
        {
            using CancellationTokenSource patience = new(options.HandshakeTimeout, options.Time);
            using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stopping);
            return await HandshakeReader.ReadHelloAsync(reader, _clusterTag, either.Token).ConfigureAwait(false);
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

    private string? Judge(Handshake hello)
    {
        if (hello.ClusterId != options.ClusterId)
            return $"it belongs to cluster {hello.ClusterId}, this is {options.ClusterId}";
        if (hello.To != options.Self)
            return $"it looks for member {hello.To}, this is member {options.Self}";
        if (isPeer(hello.From))
            return null;
        if (hello.From != options.Self && MemberEndPoint.TryParse(hello.Address, out EndPoint? address))
            receiver.Knocked(hello.From, address);
        return $"it says it is member {hello.From}, which is no other member here";
    }

    private async ValueTask AnswerAsync(Socket socket, string? refused, CancellationToken stopping)
    {
        FrameBuffer answer = new(_clusterTag);
        answer.Add(refused is null ? FrameKind.Welcome : FrameKind.Refusal, Encoding.UTF8.GetBytes(refused ?? ""));
        await socket.SendAsync(answer.Written, SocketFlags.None, stopping).ConfigureAwait(false);
    }

    private LinkedListNode<Socket> AddHalfOpen(Socket socket)
    {
        lock (_lock)
        {
            if (_halfOpen.Count >= options.HalfOpenMax)
            {
                _halfOpen.First!.Value.Dispose();
                _halfOpen.RemoveFirst();
            }
            return _halfOpen.AddLast(socket);
        }
    }

    private void Establish(NodeId peer, Socket socket)
    {
        lock (_lock)
        {
            if (_established.TryGetValue(peer.Value, out Socket? earlier))
                earlier.Dispose();
            _established[peer.Value] = socket;
        }
    }

    private void Forget(Socket socket)
    {
        lock (_lock)
        {
            int place = _established.IndexOfValue(socket);
            if (place >= 0)
                _established.RemoveAt(place);
        }
    }
}
