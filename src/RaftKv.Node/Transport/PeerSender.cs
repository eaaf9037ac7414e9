using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using RaftKv.Node.Driver;
using RaftKv.Raft;
using RaftKv.Raft.Messages;

namespace RaftKv.Node.Transport;

/// <summary>
/// The one connection on which this node sends to one peer. It connects, introduces itself, sends what is queued, and connects
/// again with growing, jittered pauses when it breaks.
/// </summary>
/// <remarks>
/// Whoever queued messages sends them himself as long as the socket takes them at once, which saves a change of threads; what the
/// socket does not take, and long queues, are left to the sender's own task. One of them at a time holds the connection.
/// </remarks>
internal sealed class PeerSender
{
    // Frames are handed to the socket in portions of about this size, so that a long queue does not become one huge array.
    private const int PortionBytes = 256 * 1024;

    // Longer queues are encoded and sent by the sender's own task, so that whoever flushes is not held up.
    private const int InlineBytesMax = 64 * 1024;

    private readonly TransportOptions _options;
    private readonly NodeId _peer;
    private readonly EndPoint _address;
    private readonly Func<string> _ownAddress;
    private readonly ITransportReceiver _receiver;
    private readonly uint _clusterTag;
    private readonly PeerQueue _queue;
    private readonly Backoff _backoff;
    private readonly Signal _retryNow = new();
    private readonly Signal _takeOver = new();
    private readonly FrameBuffer _frames;
    private bool _outageLogged;

    // Held by whoever sends inside Flush; guards the three below. While the task sends, nobody else touches the socket or _frames.
    private readonly Lock _sending = new();
    private Socket? _connected;
    private bool _taskSends;
    private int _sentBytes;

    public PeerSender(TransportOptions options, NodeId peer, EndPoint address, Func<string> ownAddress, ITransportReceiver receiver)
    {
        _options = options;
        _peer = peer;
        _address = address;
        _ownAddress = ownAddress;
        _receiver = receiver;
        _clusterTag = Handshake.TagOf(options.ClusterId);
        _queue = new PeerQueue(options.PeerQueueBytesMax);
        _backoff = new Backoff(options.Seed ^ (ulong)peer.Value);
        _frames = new FrameBuffer(_clusterTag);
    }

    /// <summary>Queues a message. When the queue is full the message is dropped and the peer reported unreachable.</summary>
    public void Send(Message message)
    {
        if (!_queue.TryAdd(message, MessageCodec.Measure(message) + Frame.HeaderBytes))
            _receiver.PeerUnreachable(_peer);
    }

    public void Announce(LogIndex applied) => _queue.SetApplied(applied);

    public void Announce(MemberNotice notice) => _queue.SetNotice(notice);

    /// <summary>Sends what is queued without ever waiting for the socket.</summary>
    public void Flush()
    {
        // Whoever holds the lock looks at the queue again after leaving it, so what another adds meanwhile is not forgotten.
        while (!_queue.IsEmpty && _sending.TryEnter())
        {
            try
            {
                if (_connected is not { } socket || _taskSends)
                    return;
                if (_queue.Bytes <= InlineBytesMax && TrySendAtOnce(socket))
                    continue;
                _taskSends = true;
                _takeOver.Set();
            }
            finally
            {
                _sending.Exit();
            }
        }
    }

    /// <summary>The peer has just connected to us, so it is worth connecting to it without waiting out the pause.</summary>
    public void RetryNow() => _retryNow.Set();

    public async Task RunAsync(CancellationToken stopping)
    {
        using CancellationTokenRegistration wake = stopping.Register(() =>
        {
            _takeOver.Set();
            _retryNow.Set();
        });
        while (!stopping.IsCancellationRequested)
        {
            string reason = await ConnectAndSendAsync(stopping).ConfigureAwait(false);
            if (stopping.IsCancellationRequested)
                return;
            if (!_outageLogged)
                NodeLog.PeerLost(_options.Logger, _options.Self, _peer, _address, reason);
            _outageLogged = true;
            _queue.Clear();
            _receiver.PeerUnreachable(_peer);
            await PauseAsync().ConfigureAwait(false);
        }
    }

    private async Task PauseAsync()
    {
        using ITimer timer = _options.Time.CreateTimer(
            static signal => ((Signal)signal!).Set(), _retryNow, _backoff.Next(), Timeout.InfiniteTimeSpan);
        await _retryNow.WaitAsync().ConfigureAwait(false);
    }

    // Returns why the connection ended, in words for the log.
    private async Task<string> ConnectAndSendAsync(CancellationToken stopping)
    {
        using Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            using (CancellationTokenSource patience = new(_options.HandshakeTimeout, _options.Time))
            using (CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stopping))
            {
                await socket.ConnectAsync(_address, either.Token).ConfigureAwait(false);
                string? refused = await IntroduceAsync(socket, either.Token).ConfigureAwait(false);
                if (refused is not null)
                    return refused;
            }
            NodeLog.PeerConnected(_options.Logger, _options.Self, _peer, _address);
            _outageLogged = false;
            _backoff.Reset();
            return await SendQueueAsync(socket, stopping).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
            return e.Message;
        }
        catch (OperationCanceledException)
        {
            return "it did not answer in time";
        }
    }

    // Null when the peer welcomed us.
    private async Task<string?> IntroduceAsync(Socket socket, CancellationToken token)
    {
        _frames.Clear();
        _sentBytes = 0;
        _frames.Add(FrameKind.Hello, new Handshake(_options.ClusterId, _options.Self, _peer, _ownAddress()).Encode());
        await SendFramesAsync(socket, token).ConfigureAwait(false);
        using NetworkStream stream = new(socket, ownsSocket: false);
        PipeReader reader = PipeReader.Create(stream, new StreamPipeReaderOptions(leaveOpen: true));
        try
        {
            return await HandshakeReader.ReadAnswerAsync(reader, _clusterTag, token).ConfigureAwait(false);
        }
        finally
        {
            await reader.CompleteAsync().ConfigureAwait(false);
        }
    }

    private async Task<string> SendQueueAsync(Socket socket, CancellationToken stopping)
    {
        using CancellationTokenSource closed = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        Task watch = WatchForCloseAsync(socket, closed);
        try
        {
            Connected(socket);
            while (!closed.IsCancellationRequested)
            {
                if (TaskSends())
                    await DrainAsync(socket, closed.Token).ConfigureAwait(false);
                lock (_sending)
                    _taskSends = false;
                Flush();
                await _takeOver.WaitAsync().ConfigureAwait(false);
            }
            return "the peer closed the connection";
        }
        finally
        {
            lock (_sending)
                (_connected, _taskSends) = (null, false);
            await closed.CancelAsync().ConfigureAwait(false);
            await watch.ConfigureAwait(false);
        }
    }

    private void Connected(Socket socket)
    {
        socket.Blocking = false;
        _queue.RepeatApplied();
        lock (_sending)
        {
            _frames.Clear();
            _sentBytes = 0;
            (_connected, _taskSends) = (socket, true);
        }
    }

    private bool TaskSends()
    {
        lock (_sending)
            return _taskSends;
    }

    // False when the socket did not take everything; the task sends the rest.
    private bool TrySendAtOnce(Socket socket)
    {
        foreach (Message message in TakeQueue())
            AddFrame(message);
        _sentBytes = socket.Send(_frames.Written.Span, SocketFlags.None, out SocketError error);
        if (error != SocketError.Success)
            _sentBytes = 0;
        if (_sentBytes < _frames.Length)
            return false;
        _frames.Clear();
        return true;
    }

    // What is told beside messages goes first; the messages are for the caller.
    private List<Message> TakeQueue()
    {
        List<Message> messages = _queue.Take(out LogIndex? applied, out IReadOnlyList<MemberNotice> notices);
        if (applied is { } index)
            ProgressFrame.Add(_frames, index);
        foreach (MemberNotice notice in notices)
            MembersFrame.Add(_frames, notice);
        return messages;
    }

    private void AddFrame(Message message)
    {
        _frames.Begin();
        MessageCodec.Write(message, _frames);
        _frames.End(FrameKind.Message);
    }

    private async ValueTask DrainAsync(Socket socket, CancellationToken token)
    {
        await SendFramesAsync(socket, token).ConfigureAwait(false);
        while (!_queue.IsEmpty)
        {
            foreach (Message message in TakeQueue())
            {
                AddFrame(message);
                if (_frames.Length >= PortionBytes)
                    await SendFramesAsync(socket, token).ConfigureAwait(false);
            }
            await SendFramesAsync(socket, token).ConfigureAwait(false);
        }
    }

    private async ValueTask SendFramesAsync(Socket socket, CancellationToken token)
    {
        while (_sentBytes < _frames.Length)
            _sentBytes += await socket.SendAsync(_frames.Written[_sentBytes..], SocketFlags.None, token).ConfigureAwait(false);
        _frames.Clear();
        _sentBytes = 0;
    }

    // Nothing is ever received here, so a receive that completes means that the peer is gone: its death is known at once instead
    // of with the second send after it.
    private async Task WatchForCloseAsync(Socket socket, CancellationTokenSource closed)
    {
        try
        {
            await socket.ReceiveAsync(new byte[1], SocketFlags.None, closed.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Closed one way or the other.
        }
        await closed.CancelAsync().ConfigureAwait(false);
        _takeOver.Set();
    }
}
