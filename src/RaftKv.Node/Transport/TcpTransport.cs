using System.Collections.Frozen;
using System.Net;
using RaftKv.Node.Driver;
using RaftKv.Raft;
using RaftKv.Raft.Messages;

namespace RaftKv.Node.Transport;

/// <summary>
/// Members connected by TCP: for messages one connection per pair and direction, each used one way; for each state that is fetched
/// one more. Bytes: docs/wire.md.
/// </summary>
public sealed class TcpTransport : ITransport, IAsyncDisposable
{
    private readonly TcpTransportOptions _options;
    private readonly ITransportReceiver _receiver;
    private readonly CancellationTokenSource _stopping = new();

    // Of the same, for who asks something after the end.
    private readonly CancellationToken _stopped;
    private readonly SnapshotServer _snapshots;
    private readonly SnapshotFetches _fetches;
    private readonly ConnectionAcceptor _acceptor;
    private readonly Connector _connector;
    private readonly QueueRoom _room;
    private readonly TaskSet _tasks = new();

    // Held to replace the senders, never to read them: whoever sends takes the list that is there.
    private readonly Lock _lock = new();
    private volatile SortedList<NodeId, PeerSender> _senders = [];
    private volatile string _ownAddress = "";
    private volatile IReadOnlyDictionary<NodeId, LogFormatRange> _peerFormats = FrozenDictionary<NodeId, LogFormatRange>.Empty;
    private bool _started;
    private bool _disposed;

    /// <summary>Makes a transport; nothing connects before <see cref="Start"/>.</summary>
    public TcpTransport(TcpTransportOptions options, ITransportReceiver receiver)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(receiver);
        _options = options;
        _receiver = receiver;
        _stopped = _stopping.Token;
        _room = new QueueRoom(options.QueueBytesMax);
        _snapshots = new SnapshotServer(options);
        _connector = new Connector(options, () => _ownAddress);
        _fetches = new SnapshotFetches(options, _connector, peer => _senders.GetValueOrDefault(peer)?.Address);
        _acceptor = new ConnectionAcceptor(
            options, receiver, _snapshots, peer => _senders.ContainsKey(peer), peer => _senders.GetValueOrDefault(peer)?.RetryNow());
        UpdatePeers(options.Peers);
    }

    /// <summary>Bytes of messages that wait for the peers' connections.</summary>
    public long QueuedBytes => _room.Used;

    /// <summary>Begins to accept and to connect. Called once.</summary>
    public void Start()
    {
        lock (_lock)
        {
            _started = true;
            _tasks.Add(Task.Run(() => _acceptor.RunAsync(_stopping.Token)));
            foreach (PeerSender sender in _senders.Values)
                Run(sender);
        }
    }

    /// <inheritdoc/>
    /// <value>False: a message is encoded as it is sent.</value>
    public bool KeepsMessages => false;

    /// <inheritdoc/>
    public void Send(Message message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (_senders.TryGetValue(message.To, out PeerSender? sender))
            sender.Send(message);
    }

    /// <inheritdoc/>
    public void Announce(GroupId group, LogIndex applied)
    {
        foreach (PeerSender sender in _senders.Values)
            sender.Announce(group, applied);
    }

    /// <inheritdoc/>
    public void SendMembers(NodeId to, MemberNotice notice)
    {
        ArgumentNullException.ThrowIfNull(notice);
        if (_senders.TryGetValue(to, out PeerSender? sender))
            sender.Tell(notice);
    }

    /// <inheritdoc/>
    public void SendRepair(NodeId to, RepairNotice notice)
    {
        ArgumentNullException.ThrowIfNull(notice);
        if (_senders.TryGetValue(to, out PeerSender? sender))
            sender.Tell(notice);
    }

    /// <inheritdoc/>
    public void SendAttestation(NodeId to, AttestationNotice notice)
    {
        ArgumentNullException.ThrowIfNull(notice);
        if (_senders.TryGetValue(to, out PeerSender? sender))
            sender.Tell(notice);
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<NodeId, LogFormatRange> PeerFormats => _peerFormats;

    /// <inheritdoc/>
    public void Flush()
    {
        foreach (PeerSender sender in _senders.Values)
            sender.Flush();
    }

    /// <inheritdoc/>
    public void UpdatePeers(IReadOnlyDictionary<NodeId, EndPoint> peers)
    {
        ArgumentNullException.ThrowIfNull(peers);
        lock (_lock)
        {
            if (_disposed)
                return;
            SortedList<NodeId, PeerSender> present = _senders;
            SortedList<NodeId, PeerSender> next = [];
            foreach ((NodeId peer, EndPoint address) in peers)
            {
                if (peer == _options.Self)
                {
                    _ownAddress = MemberEndPoint.Format(address);
                    continue;
                }
                bool stays = present.TryGetValue(peer, out PeerSender? sender) && sender.Address.Equals(address);
                next.Add(peer, stays ? sender! : MakeSender(peer, address));
            }
            _senders = next;
            _room.Share(next.Count);
            GatherFormats();
            foreach (PeerSender sender in present.Values.Except(next.Values))
                sender.Remove();
            if (_started)
            {
                foreach (PeerSender sender in next.Values.Except(present.Values))
                    Run(sender);
            }
        }
        _acceptor.CloseStrangers();
    }

    /// <inheritdoc/>
    public void FetchSnapshot(GroupId group, SnapshotOrder order, ISnapshotSink sink)
    {
        ArgumentNullException.ThrowIfNull(sink);
        _fetches.Start(group, order, sink);
    }

    /// <inheritdoc/>
    public void StopFetching(GroupId group) => _fetches.Stop(group);

    /// <summary>Asks another member, or whoever is at an address, for a change of membership; says how that ended.</summary>
    internal async Task<MembershipReply> AskMembershipAsync(
        NodeId member, EndPoint address, MembershipRequest request, CancellationToken token)
    {
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(_stopped, token);
        return await new MembershipAsker(_connector).AskAsync(member, address, request, either.Token).ConfigureAwait(false);
    }

    /// <summary>Closes every connection and the listening socket, and ends every fetch. Queued messages are dropped.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            if (_disposed)
                return;
            _disposed = true;
        }
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _fetches.DisposeAsync().ConfigureAwait(false);
        await _acceptor.DisposeAsync().ConfigureAwait(false);
        await _tasks.WhenAll().ConfigureAwait(false);
        _snapshots.Dispose();
        _stopping.Dispose();
    }

    private PeerSender MakeSender(NodeId peer, EndPoint address) =>
        new(_options, peer, address, _connector, _room, _receiver) { FormatsChanged = GatherFormats };

    private void GatherFormats()
    {
        lock (_lock)
        {
            Dictionary<NodeId, LogFormatRange> formats = [];
            foreach ((NodeId peer, PeerSender sender) in _senders)
            {
                if (sender.Formats is { } spoken)
                    formats.Add(peer, spoken);
            }
            _peerFormats = formats;
        }
    }

    private void Run(PeerSender sender) => _tasks.Add(Task.Run(async () =>
    {
        using PeerSender owned = sender;
        await sender.RunAsync(_stopping.Token).ConfigureAwait(false);
    }));
}
