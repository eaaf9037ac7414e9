using System.Net;
using RaftKv.Raft;
using RaftKv.Raft.Messages;

namespace RaftKv.Node.Transport;

/// <summary>
/// Members connected by TCP: one connection per pair and direction, each used one way. What arrives goes to an
/// <see cref="ITransportReceiver"/>.
/// </summary>
internal sealed class TcpTransport : ITransport, IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly SortedList<long, PeerSender> _senders = [];
    private readonly PeerSender[] _all;
    private readonly ConnectionAcceptor _acceptor;
    private readonly List<Task> _tasks = [];
    private bool _disposed;

    public TcpTransport(TransportOptions options, ITransportReceiver receiver)
    {
        foreach ((NodeId peer, EndPoint address) in options.Peers)
            _senders.Add(peer.Value, new PeerSender(options, peer, address, receiver));
        _all = [.. _senders.Values];
        _acceptor = new ConnectionAcceptor(options, receiver, peer => _senders[peer.Value].RetryNow());
    }

    public void Start()
    {
        _tasks.Add(Task.Run(() => _acceptor.RunAsync(_stopping.Token)));
        foreach (PeerSender sender in _senders.Values)
            _tasks.Add(Task.Run(() => sender.RunAsync(_stopping.Token)));
    }

    public void Send(Message message)
    {
        if (_senders.TryGetValue(message.To.Value, out PeerSender? sender))
            sender.Send(message);
    }

    public void Announce(GroupId group, LogIndex applied)
    {
        // The frame names no group yet.
        if (group != default)
            return;
        foreach (PeerSender sender in _all)
            sender.Announce(applied);
    }

    public void Flush()
    {
        foreach (PeerSender sender in _all)
            sender.Flush();
    }

    public async ValueTask DisposeAsync()
    {
        if (_disposed)
            return;
        _disposed = true;
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _acceptor.DisposeAsync().ConfigureAwait(false);
        await Task.WhenAll(_tasks).ConfigureAwait(false);
        _stopping.Dispose();
    }
}
