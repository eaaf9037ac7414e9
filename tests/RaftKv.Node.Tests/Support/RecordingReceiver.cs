using System.Collections.Concurrent;
using System.Net;
using RaftKv.Node.Driver;
using RaftKv.Node.Transport;
using RaftKv.Raft;
using RaftKv.Raft.Messages;

namespace RaftKv.Node.Tests.Support;

/// <summary>Keeps what a transport receives.</summary>
internal sealed class RecordingReceiver : ITransportReceiver
{
    private long _applied;
    private int _unreachable;

    public ConcurrentQueue<Message> Messages { get; } = new();

    public ConcurrentQueue<MemberNotice> Notices { get; } = new();

    public ConcurrentQueue<(NodeId Node, EndPoint Address)> Knocks { get; } = new();

    public long Applied => Volatile.Read(ref _applied);

    public int Unreachable => Volatile.Read(ref _unreachable);

    public ValueTask ReceiveAsync(IReadOnlyList<Message> messages, CancellationToken stopping)
    {
        foreach (Message message in messages)
            Messages.Enqueue(message);
        return ValueTask.CompletedTask;
    }

    public void PeerApplied(NodeId peer, GroupId group, LogIndex applied) => Volatile.Write(ref _applied, applied.Value);

    public void MembersHeard(NodeId from, MemberNotice notice) => Notices.Enqueue(notice);

    public void Knocked(NodeId node, EndPoint address) => Knocks.Enqueue((node, address));

    public void PeerUnreachable(NodeId peer) => Interlocked.Increment(ref _unreachable);
}
