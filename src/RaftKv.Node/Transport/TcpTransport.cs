using System.Collections.Concurrent;
using System.Net;
using RaftKv.Node.Driver;
using RaftKv.Raft;
using RaftKv.Raft.Messages;

namespace RaftKv.Node.Transport;

/// <summary>
/// Members connected by TCP: one connection per pair and direction, each used one way. What arrives goes to an
/// <see cref="ITransportReceiver"/>.
/// </summary>
internal sealed class TcpTransport : ITransport, IAsyncDisposable
{
    private readonly TransportOptions _options;
    private readonly ITransportReceiver _receiver;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<long, PeerLink> _links = [];
    private readonly ConnectionAcceptor _acceptor;
    private readonly List<Task> _ended = [];
    private PeerLink[] _all = [];
    private Task? _accepting;
    private bool _started;
    private bool _disposed;

    public TcpTransport(TransportOptions options, ITransportReceiver receiver)
    {
        _options = options;
        _receiver = receiver;
        _acceptor = new ConnectionAcceptor(options, receiver, peer => _links.ContainsKey(peer.Value), Arrived);
        UpdatePeers(options.Peers);
    }

    /// <summary>What this node says when it introduces itself, so that anybody can answer; empty while it does not know.</summary>
    public string Address { get; private set; } = "";

    public void Start()
    {
        lock (_lock)
        {
            _started = true;
            _accepting = Task.Run(() => _acceptor.RunAsync(_stopping.Token));
            foreach (PeerLink link in _all)
                link.Start(_stopping.Token);
        }
    }

    public void Send(Message message)
    {
        if (_links.TryGetValue(message.To.Value, out PeerLink? link))
            link.Sender.Send(message);
    }

    public void Announce(GroupId group, LogIndex applied)
    {
        // The frame names no group yet.
        if (group != default)
            return;
        foreach (PeerLink link in _all)
            link.Sender.Announce(applied);
    }

    public void SendMembers(NodeId to, MemberNotice notice)
    {
        if (_links.TryGetValue(to.Value, out PeerLink? link))
            link.Sender.Announce(notice);
    }

    public void UpdatePeers(IReadOnlyDictionary<NodeId, EndPoint> peers)
    {
        ArgumentNullException.ThrowIfNull(peers);
        lock (_lock)
        {
            if (_disposed)
                return;
            if (peers.TryGetValue(_options.Self, out EndPoint? own))
                Address = MemberEndPoint.Format(own);
            foreach (PeerLink link in _all)
            {
                if (!peers.ContainsKey(link.Peer))
                    Unlink(link.Peer);
            }
            foreach ((NodeId peer, EndPoint address) in peers)
            {
                if (peer != _options.Self)
                    Link(peer, address);
            }
        }
    }

    public void Flush()
    {
        foreach (PeerLink link in _all)
            link.Sender.Flush();
    }

    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            if (_disposed)
                return;
            _disposed = true;
        }
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _acceptor.DisposeAsync().ConfigureAwait(false);
        await Task.WhenAll([_accepting ?? Task.CompletedTask, .. _ended, .. _all.Select(link => link.StopAsync())]).ConfigureAwait(false);
        _stopping.Dispose();
    }

    private void Arrived(NodeId peer)
    {
        if (_links.TryGetValue(peer.Value, out PeerLink? link))
            link.Sender.RetryNow();
    }

    private void Link(NodeId peer, EndPoint address)
    {
        if (_links.TryGetValue(peer.Value, out PeerLink? known))
        {
            if (known.Address.Equals(address))
                return;
            Unlink(peer);
        }
        PeerLink link = new(peer, address, new PeerSender(_options, peer, address, () => Address, _receiver));
        _links[peer.Value] = link;
        _all = [.. _links.Values];
        if (_started)
            link.Start(_stopping.Token);
    }

    private void Unlink(NodeId peer)
    {
        if (!_links.TryRemove(peer.Value, out PeerLink? link))
            return;
        _all = [.. _links.Values];
        _ended.RemoveAll(static task => task.IsCompleted);
        _ended.Add(link.StopAsync());
    }
}
