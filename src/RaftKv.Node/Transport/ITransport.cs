using System.Net;
using RaftKv.Node.Driver;
using RaftKv.Raft;
using RaftKv.Raft.Messages;

namespace RaftKv.Node.Transport;

/// <summary>
/// Carries messages to the other members. It may drop, delay, duplicate or reorder, and never blocks: the protocol repeats what
/// is lost.
/// </summary>
public interface ITransport
{
    /// <summary>Sends one message to the member it names; it may wait for <see cref="Flush"/>. May be called from any thread.</summary>
    /// <param name="message">The message; immutable, and may be kept until it is sent.</param>
    void Send(Message message);

    /// <summary>Tells every peer how far this node has applied a group's log durably. Only the latest value matters.</summary>
    /// <param name="group">The group.</param>
    /// <param name="applied">Entries up to here are committed, durable and applied on this node.</param>
    void Announce(GroupId group, LogIndex applied);

    /// <summary>
    /// Replaces the peers. Connections with members that are no longer among them close, both ways, and what waits for them is
    /// dropped; a member with another address is connected anew; the others notice nothing.
    /// </summary>
    /// <param name="peers">The other members with their addresses, and this node's own, as it tells them to whom it connects.</param>
    void UpdatePeers(IReadOnlyDictionary<NodeId, EndPoint> peers);

    /// <summary>Tells one node, which may be no member, who belongs to the group; best effort.</summary>
    /// <param name="to">A node that a message came from.</param>
    /// <param name="notice">What it is told.</param>
    void SendMembers(NodeId to, MemberNotice notice);

    /// <summary>Lets everything sent so far leave. Called after each round of work, by whoever sent.</summary>
    void Flush();
}
