using RaftKv.Raft.Messages;
using RaftKv.Raft.Roles;

namespace RaftKv.Raft.Replication;

/// <summary>A member taking the leader's state: one order at a time, whatever is repeated on the way.</summary>
internal sealed class SnapshotReceiver(Protocol protocol)
{
    private NodeId _from;
    private LogPosition _atLeast;
    private long _receivedBytes;

    public bool IsUnderWay => _from != NodeId.None;

    public void Receive(SnapshotOffer offer)
    {
        if (offer.AtLeast.Index <= protocol.Commit)
        {
            // It holds all that already, so an append can follow: the acknowledgement says from where on.
            Acknowledge(offer.From, protocol.Commit);
            return;
        }
        bool same = _from == offer.From && _atLeast >= offer.AtLeast;
        if (!same)
        {
            (_from, _atLeast, _receivedBytes) = (offer.From, offer.AtLeast, 0);
            // A change that is not committed may be undone, and then the state would be missed.
            bool withoutState = protocol.Configurations.At(protocol.Commit).IsWitness(protocol.Self);
            protocol.Outbox.Add(new SnapshotOrder(offer.From, offer.AtLeast, withoutState) { Configuration = offer.Configuration });
        }
        Report(failed: false);
        if (Mutation.Is(Mutant.AcknowledgeOrderedSnapshot))
            Acknowledge(offer.From, offer.AtLeast.Index);
    }

    public void Progressed(long receivedBytes)
    {
        if (!IsUnderWay)
            return;
        _receivedBytes = receivedBytes;
        Report(failed: false);
    }

    public void Failed()
    {
        if (!IsUnderWay)
            return;
        Report(failed: true);
        Forget();
    }

    /// <summary>The state is in place and durable up to a position: entries after it may follow.</summary>
    public void Installed(LogPosition position)
    {
        if (protocol.Leader != NodeId.None && protocol.Leader != protocol.Self)
            Acknowledge(protocol.Leader, position.Index);
        Forget();
    }

    public void Forget() => (_from, _atLeast, _receivedBytes) = (NodeId.None, default, 0);

    private void Acknowledge(NodeId leader, LogIndex match) =>
        protocol.Outbox.SendAfterPersist(protocol.Messages.Acknowledge(leader, protocol.Term, match));

    private void Report(bool failed) => protocol.Send(new SnapshotReport
    {
        Header = protocol.HeaderTo(_from),
        Failed = failed,
        ReceivedBytes = _receivedBytes,
    });
}
