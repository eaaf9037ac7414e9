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
internal sealed class PeerSender : IDisposable
{
    // Longer queues are sent by the sender's own task, so that whoever flushes is not held up.
    private const int InlineBytesMax = 64 * 1024;

    private readonly TcpTransportOptions _options;
    private readonly NodeId _peer;
    private readonly ITransportReceiver _receiver;
    private readonly PeerQueue _queue;
    private readonly Backoff _backoff;
    private readonly Connector _connector;
    private readonly CancellationTokenSource _removed = new();
    private readonly Signal _retryNow = new();
    private readonly Signal _takeOver = new();
    private bool _outageLogged;

    // Held by whoever sends inside Flush; guards the five below, of which the first is also read without it. While the task sends, nobody
    // else touches them.
    private readonly Lock _sending = new();
    private volatile Connection? _connected;
    private bool _taskSends;

    // What was taken from the queue and not yet sent, but for some bytes of the first: frames of progress and notices, then portions.
    private readonly Queue<FrameBuffer> _line = new();
    private FrameBuffer _news = null!;
    private int _sentBytes;

    public PeerSender(
        TcpTransportOptions options, NodeId peer, EndPoint address, Connector connector, QueueRoom room, ITransportReceiver receiver)
    {
        _options = options;
        _peer = peer;
        Address = address;
        _receiver = receiver;
        _queue = new PeerQueue(room);
        _backoff = new Backoff(options.Seed ^ (ulong)peer.Value);
        _connector = connector;
    }

    public EndPoint Address { get; }

    /// <summary>The log formats that the peer speaks by the word it gave on the present connection; null while there is none.</summary>
    /// <remarks>Read without the lock: who holds that must look at the queue again afterwards, see <see cref="Flush"/>.</remarks>
    public LogFormatRange? Formats => _connected?.PeerFormats;

    /// <summary>Called when <see cref="Formats"/> has changed, from the sender's task.</summary>
    public Action FormatsChanged { private get; init; } = static () => { };

    /// <summary>Queues a message. When the queue is full the message is dropped and the peer reported unreachable.</summary>
    public void Send(Message message)
    {
        if (!_queue.TryAdd(message))
            _receiver.PeerUnreachable(_peer);
    }

    public void Announce(GroupId group, LogIndex applied) => _queue.SetApplied(group, applied);

    public void Tell(MemberNotice notice) => _queue.SetNotice(notice);

    public void Tell(RepairNotice notice) => _queue.SetRepair(notice);

    public void Tell(AttestationNotice notice) => _queue.SetAttestation(notice);

    /// <summary>Sends what is queued without ever waiting for the socket.</summary>
    public void Flush()
    {
        // Whoever holds the lock looks at the queue again after leaving it, so what another adds meanwhile is not forgotten.
        while (!_queue.IsEmpty && _sending.TryEnter())
        {
            try
            {
                if (_connected is not { } connection || _taskSends)
                    return;
                if (_queue.Bytes <= InlineBytesMax && TrySendAtOnce(connection))
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

    /// <summary>Ends <see cref="RunAsync"/>: the peer is none any more.</summary>
    public void Remove()
    {
        _queue.Close();
        _ = _removed.CancelAsync();
    }

    public void Dispose() => _removed.Dispose();

    public async Task RunAsync(CancellationToken stopping)
    {
        using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(stopping, _removed.Token);
        CancellationToken end = ending.Token;
        using CancellationTokenRegistration wake = end.Register(() =>
        {
            _takeOver.Set();
            _retryNow.Set();
        });
        while (!end.IsCancellationRequested)
        {
            string reason = await ConnectAndSendAsync(end).ConfigureAwait(false);
            if (end.IsCancellationRequested)
                return;
            if (!_outageLogged)
                NodeLog.PeerLost(_options.Logger, _options.Self, _peer, Address, reason);
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
    private async Task<string> ConnectAndSendAsync(CancellationToken end)
    {
        try
        {
            (Connection? connection, string reason) =
                await _connector.ConnectAsync(_peer, Address, ConnectionPurpose.Messages, end).ConfigureAwait(false);
            if (connection is null)
                return reason;
            using Connection owned = connection;
            NodeLog.PeerConnected(_options.Logger, _options.Self, _peer, Address);
            _outageLogged = false;
            _backoff.Reset();
            return await SendQueueAsync(connection, end).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
            return e.Message;
        }
        catch (OperationCanceledException)
        {
            return "the peer closed the connection";
        }
    }

    private async Task<string> SendQueueAsync(Connection connection, CancellationToken end)
    {
        using CancellationTokenSource closed = CancellationTokenSource.CreateLinkedTokenSource(end);
        // Nothing is ever received here, so a receive that completes means that the peer is gone: its death is known at once instead
        // of with the second send after it.
        Task watch = WatchForCloseAsync(connection, closed);
        try
        {
            Connected(connection);
            FormatsChanged();
            while (!closed.IsCancellationRequested)
            {
                if (TaskSends())
                    await DrainAsync(connection, closed.Token).ConfigureAwait(false);
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
            FormatsChanged();
            await closed.CancelAsync().ConfigureAwait(false);
            await watch.ConfigureAwait(false);
        }
    }

    private async Task WatchForCloseAsync(Connection connection, CancellationTokenSource closed)
    {
        await connection.WatchForCloseAsync(closed.Token).ConfigureAwait(false);
        await closed.CancelAsync().ConfigureAwait(false);
        _takeOver.Set();
    }

    private void Connected(Connection connection)
    {
        _queue.RepeatApplied();
        lock (_sending)
        {
            // The rest of a broken connection's line is in that one's form, and its first frame may have arrived in part.
            while (_line.Count > 0)
                LeaveLine();
            _news = new FrameBuffer(connection.Format);
            (_connected, _taskSends) = (connection, true);
        }
    }

    private bool TaskSends()
    {
        lock (_sending)
            return _taskSends;
    }

    // False when the socket did not take everything; the task sends the rest.
    private bool TrySendAtOnce(Connection connection)
    {
        LineUp();
        while (_line.TryPeek(out FrameBuffer? first))
        {
            Finish(first, connection);
            _sentBytes += connection.TrySend(first.Written.Span[_sentBytes..]);
            if (_sentBytes < first.Length)
                return false;
            Sent(first);
        }
        return true;
    }

    private async ValueTask DrainAsync(Connection connection, CancellationToken token)
    {
        while (true)
        {
            while (_line.TryPeek(out FrameBuffer? first))
            {
                Finish(first, connection);
                await connection.SendAsync(first.Written[_sentBytes..], token).ConfigureAwait(false);
                Sent(first);
            }
            if (_queue.IsEmpty)
                return;
            LineUp();
        }
    }

    // Takes what waits when nothing is in line.
    private void LineUp()
    {
        IReadOnlyList<FrameBuffer> portions =
            _queue.Take(out IReadOnlyList<(GroupId Group, LogIndex Applied)> progress, out MemberNotice[] notices);
        if (progress.Count > 0)
            ProgressFrame.Add(_news, progress);
        foreach (MemberNotice notice in notices)
            MembersFrame.Add(_news, notice);
        foreach (RepairNotice notice in _queue.TakeRepairs())
        {
            if (_news.Format.HasRepair)
                RepairFrame.Add(_news, notice);
        }
        foreach (AttestationNotice notice in _queue.TakeAttestations())
        {
            if (_news.Format.HasAttestation)
                AttestationFrame.Add(_news, notice);
        }
        if (_news.Length > 0)
            _line.Enqueue(_news);
        foreach (FrameBuffer portion in portions)
            _line.Enqueue(portion);
    }

    // The frame of a portion is ended when it is about to be sent, for that takes a while.
    private void Finish(FrameBuffer frames, Connection connection)
    {
        if (frames.IsOpen)
            frames.End(FrameKind.Messages, connection.Format, _options.CompressFromBytes);
    }

    private void Sent(FrameBuffer frames)
    {
        _receiver.Sent(_peer, frames.Length);
        LeaveLine();
    }

    private void LeaveLine()
    {
        FrameBuffer first = _line.Dequeue();
        _sentBytes = 0;
        if (first == _news)
            _news.Clear();
        else
            _queue.GiveBack(first);
    }
}
