using System.Net;
using RaftKv.Node.Driver;
using RaftKv.Raft;
using RaftKv.Raft.Messages;

namespace RaftKv.Node.Transport;

/// <summary>Takes what arrives from the other members. Called from the connections' tasks, several at a time.</summary>
public interface ITransportReceiver
{
    /// <summary>
    /// Takes messages of one peer, of whatever groups. The task completes when there is room for more, so a node that falls behind
    /// slows the sender's connection down instead of growing.
    /// </summary>
    /// <param name="messages">At least one, in the order they arrived; each is from a peer and to this node.</param>
    /// <param name="stopping">Cancelled when the transport stops.</param>
    ValueTask ReceiveAsync(IReadOnlyList<Message> messages, CancellationToken stopping);

    /// <summary>A peer tells how far it has applied a group's log durably.</summary>
    /// <param name="peer">The peer.</param>
    /// <param name="group">The group; it may be one that this node does not carry.</param>
    /// <param name="applied">Entries up to here are committed, durable and applied there.</param>
    void PeerApplied(NodeId peer, GroupId group, LogIndex applied);

    /// <summary>A node tells who belongs to a group.</summary>
    void MembersHeard(NodeId from, MemberNotice notice);

    /// <summary>A peer tells something about the mending of a damaged log.</summary>
    void RepairHeard(NodeId from, RepairNotice notice)
    {
        // Who drops it helps nobody, and harms nobody.
    }

    /// <summary>A peer tells what it, or the majority, holds of a slice of a group's state.</summary>
    void AttestationHeard(NodeId from, AttestationNotice notice)
    {
        // Who drops it compares nothing.
    }

    /// <summary>A node of this cluster that is no peer introduced itself and was refused; it may be let in, and comes again.</summary>
    /// <param name="node">Who it says it is.</param>
    /// <param name="address">Where it says it is reached.</param>
    void Knocked(NodeId node, EndPoint address);

    /// <summary>A connection was refused or closed for what came on it. Once for each; the reason is in the log.</summary>
    void ConnectionRefused()
    {
        // Only of interest to those who count.
    }

    /// <summary>Messages to a peer were dropped: it cannot be reached, or its queue is full.</summary>
    /// <param name="peer">The peer.</param>
    void PeerUnreachable(NodeId peer);

    /// <summary>Bytes were handed to the connection with a peer. For whoever counts them.</summary>
    /// <param name="peer">The peer.</param>
    /// <param name="bytes">How many, framing included; at least 1.</param>
    void Sent(NodeId peer, int bytes)
    {
    }

    /// <summary>Bytes of whole frames came from a peer. For whoever counts them.</summary>
    /// <param name="peer">The peer.</param>
    /// <param name="bytes">How many, framing included; at least 1.</param>
    void Received(NodeId peer, long bytes)
    {
    }
}
