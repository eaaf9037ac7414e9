using System.Net;
using RaftKv.Node.Driver;
using RaftKv.Node.Telemetry;
using RaftKv.Node.Transport;
using RaftKv.Raft;
using RaftKv.Raft.Messages;

namespace RaftKv.Node.Workers;

/// <summary>Posts what the transport receives to the loop.</summary>
internal sealed class LoopReceiver(NodeLoop loop, PeerBook peers, NodeMetrics metrics) : ITransportReceiver
{
    public ValueTask ReceiveAsync(IReadOnlyList<Message> messages, CancellationToken stopping)
    {
        ValueTask room = loop.PostAsync(messages);
        return room.IsCompletedSuccessfully ? room : new ValueTask(room.AsTask().WaitAsync(stopping));
    }

    public void PeerApplied(NodeId peer, GroupId group, LogIndex applied) => loop.Post(group, new PeerAppliedInput(peer, applied));

    public void MembersHeard(NodeId from, MemberNotice notice) => loop.Post(notice.Group, new MembersHeardInput(from, notice));

    public void RepairHeard(NodeId from, RepairNotice notice) => loop.Post(notice.Group, new RepairHeardInput(from, notice));

    public void AttestationHeard(NodeId from, AttestationNotice notice) => loop.Post(notice.Group, new AttestationHeardInput(from, notice));

    public void Knocked(NodeId node, EndPoint address) => peers.Knocked(node, address);

    public void ConnectionRefused() => metrics.ConnectionRefused();

    public void Sent(NodeId peer, int bytes) => metrics.Sent(peer, bytes);

    public void Received(NodeId peer, long bytes) => metrics.Received(peer, bytes);

    public void PeerUnreachable(NodeId peer)
    {
        metrics.Dropped(peer);
        loop.PostToAll(new PeerUnreachableInput(peer));
    }
}
