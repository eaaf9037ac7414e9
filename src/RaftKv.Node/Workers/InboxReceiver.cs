using RaftKv.Node.Driver;
using RaftKv.Node.Transport;
using RaftKv.Raft;
using RaftKv.Raft.Messages;

namespace RaftKv.Node.Workers;

/// <summary>Puts what the transport receives into the inbox.</summary>
internal sealed class InboxReceiver(Inbox inbox) : ITransportReceiver
{
    public ValueTask ReceiveAsync(IReadOnlyList<Message> messages, CancellationToken stopping)
    {
        ValueTask room = inbox.PostAsync(messages);
        return room.IsCompletedSuccessfully ? room : new ValueTask(room.AsTask().WaitAsync(stopping));
    }

    public void PeerApplied(NodeId peer, LogIndex applied) => inbox.Post(new PeerAppliedInput(peer, applied));

    public void PeerUnreachable(NodeId peer) => inbox.Post(new PeerUnreachableInput(peer));
}
