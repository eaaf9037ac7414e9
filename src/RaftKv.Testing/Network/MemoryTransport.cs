using System.Net;
using RaftKv.Node.Driver;
using RaftKv.Node.Transport;
using RaftKv.Raft;
using RaftKv.Raft.Messages;

namespace RaftKv.Testing.Network;

/// <summary>One member's end of a <see cref="MemoryNetwork"/>.</summary>
public sealed class MemoryTransport : ITransport, IAsyncDisposable
{
    private readonly MemoryNetwork _network;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();
    private readonly SortedList<GroupId, CancellationTokenSource> _fetches = [];
    private readonly List<Task> _tasks = [];
    private volatile SortedList<NodeId, MemoryLink> _links = [];

    internal MemoryTransport(
        MemoryNetwork network, NodeId self, ITransportReceiver receiver, ISnapshotSource? snapshots, TimeProvider time)
    {
        _network = network;
        _time = time;
        Self = self;
        Receiver = receiver;
        Snapshots = new MemorySnapshotShelf(snapshots, time);
    }

    /// <summary>The member's number.</summary>
    public NodeId Self { get; }

    internal ITransportReceiver Receiver { get; }

    internal MemorySnapshotShelf Snapshots { get; }

    /// <inheritdoc/>
    public bool KeepsMessages => false;

    /// <inheritdoc/>
    public void Send(Message message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (_links.TryGetValue(message.To, out MemoryLink? link))
            link.Send(message);
    }

    /// <inheritdoc/>
    public void Announce(GroupId group, LogIndex applied)
    {
        foreach (MemoryLink link in _links.Values)
            link.Post(member => member.Receiver.PeerApplied(Self, group, applied));
    }

    /// <inheritdoc/>
    public void SendMembers(NodeId to, MemberNotice notice)
    {
        if (_links.TryGetValue(to, out MemoryLink? link))
            link.Post(member => member.Receiver.MembersHeard(Self, notice));
    }

    /// <inheritdoc/>
    public void SendRepair(NodeId to, RepairNotice notice)
    {
        if (_links.TryGetValue(to, out MemoryLink? link))
            link.Post(member => member.Receiver.RepairHeard(Self, notice));
    }

    /// <inheritdoc/>
    public void SendAttestation(NodeId to, AttestationNotice notice)
    {
        if (_links.TryGetValue(to, out MemoryLink? link))
            link.Post(member => member.Receiver.AttestationHeard(Self, notice));
    }

    /// <inheritdoc/>
    public void Flush()
    {
        // What was sent is on its way already.
    }

    /// <inheritdoc/>
    public void UpdatePeers(IReadOnlyDictionary<NodeId, EndPoint> peers)
    {
        ArgumentNullException.ThrowIfNull(peers);
        lock (_lock)
        {
            if (_stopping.IsCancellationRequested)
                return;
            SortedList<NodeId, MemoryLink> next = [];
            foreach (NodeId peer in peers.Keys.Where(peer => peer != Self))
            {
                if (!_links.TryGetValue(peer, out MemoryLink? link))
                {
                    link = new MemoryLink(_network, this, peer);
                    MemoryLink started = link;
                    _tasks.Add(Task.Run(() => started.RunAsync(_stopping.Token)));
                }
                next.Add(peer, link);
            }
            foreach (MemoryLink removed in _links.Values.Except(next.Values))
                removed.Close();
            _links = next;
            _tasks.RemoveAll(task => task.IsCompleted);
        }
    }

    /// <inheritdoc/>
    public void FetchSnapshot(GroupId group, SnapshotOrder order, ISnapshotSink sink)
    {
        ArgumentNullException.ThrowIfNull(sink);
        lock (_lock)
        {
            StopFetching(group);
            if (!_stopping.IsCancellationRequested)
            {
                CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
                _fetches[group] = stop;
                MemorySnapshotFetch fetch = new(_network, this, group, order, sink, _time);
                _tasks.Add(Task.Run(() => fetch.RunAsync(stop.Token)));
                return;
            }
        }
        sink.Abort("the transport has stopped");
    }

    /// <inheritdoc/>
    public void StopFetching(GroupId group)
    {
        lock (_lock)
        {
            if (_fetches.Remove(group, out CancellationTokenSource? stop))
                _ = stop.CancelAsync();
        }
    }

    /// <summary>Takes the member off the network. What it was about to send is dropped, and what it fetches is given up.</summary>
    public async ValueTask DisposeAsync()
    {
        _network.Close(this);
        Task[] tasks;
        lock (_lock)
        {
            _ = _stopping.CancelAsync();
            tasks = [.. _tasks];
        }
        await Task.WhenAll(tasks).ConfigureAwait(false);
        Snapshots.Dispose();
    }

    internal bool IsPeer(NodeId member) => _links.ContainsKey(member);
}
