using System.Collections.Concurrent;
using System.Net;
using RaftKv.Node.Driver;
using RaftKv.Node.Transport;
using RaftKv.Raft;
using RaftKv.Raft.Messages;

namespace RaftKv.Testing.Network;

/// <summary>Keeps what a transport hands over.</summary>
public sealed class TransportRecorder : ITransportReceiver
{
    private volatile TaskCompletionSource? _closed;
    private int _unreachable;

    /// <summary>The messages, in the order they came.</summary>
    public ConcurrentQueue<Message> Messages { get; } = new();

    /// <summary>The latest progress of each peer's groups.</summary>
    public ConcurrentDictionary<(NodeId Peer, GroupId Group), LogIndex> Progress { get; } = new();

    /// <summary>The notices of members, in the order they came.</summary>
    public ConcurrentQueue<(NodeId From, MemberNotice Notice)> Notices { get; } = new();

    /// <summary>The notices about slices of states, in the order they came.</summary>
    public ConcurrentQueue<AttestationNotice> Attestations { get; } = new();

    /// <summary>The notices about damaged logs, in the order they came.</summary>
    public ConcurrentQueue<RepairNotice> Repairs { get; } = new();

    /// <summary>How often it was said that messages to a peer were dropped.</summary>
    public int Unreachable => Volatile.Read(ref _unreachable);

    /// <summary>Takes no more messages until <see cref="OpenDoor"/>, as a node that has fallen behind.</summary>
    public void CloseDoor() => _closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Takes messages again.</summary>
    public void OpenDoor() => _closed?.TrySetResult();

    /// <inheritdoc/>
    public async ValueTask ReceiveAsync(IReadOnlyList<Message> messages, CancellationToken stopping)
    {
        ArgumentNullException.ThrowIfNull(messages);
        foreach (Message message in messages)
            Messages.Enqueue(message);
        if (_closed is { } closed)
            await closed.Task.WaitAsync(stopping).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void PeerApplied(NodeId peer, GroupId group, LogIndex applied) => Progress[(peer, group)] = applied;

    /// <inheritdoc/>
    public void RepairHeard(NodeId from, RepairNotice notice) => Repairs.Enqueue(notice);

    /// <inheritdoc/>
    public void AttestationHeard(NodeId from, AttestationNotice notice) => Attestations.Enqueue(notice);

    /// <inheritdoc/>
    public void MembersHeard(NodeId from, MemberNotice notice) => Notices.Enqueue((from, notice));

    /// <inheritdoc/>
    public void Knocked(NodeId node, EndPoint address)
    {
    }

    /// <inheritdoc/>
    public void PeerUnreachable(NodeId peer) => Interlocked.Increment(ref _unreachable);
}
