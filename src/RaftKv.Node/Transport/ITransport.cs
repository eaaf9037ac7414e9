using System.Collections.Frozen;
using System.Net;
using RaftKv.Node.Driver;
using RaftKv.Raft;
using RaftKv.Raft.Messages;

namespace RaftKv.Node.Transport;

/// <summary>
/// Carries messages to the other members. It may drop, delay, duplicate or reorder, and never blocks: the protocol repeats what
/// is lost. What arrives goes to an <see cref="ITransportReceiver"/>. Every call may come from any thread.
/// </summary>
/// <remarks>One transport serves all groups of a process: there is one connection for each peer, and each message names its group.</remarks>
public interface ITransport
{
    /// <summary>Whether messages, their entries and payloads may be read here after <see cref="Send"/> has returned.</summary>
    /// <value>Default true. When false, whoever made them may use their memory again.</value>
    bool KeepsMessages => true;

    /// <summary>Sends one message to the member it names; it may wait for <see cref="Flush"/>. To anyone but a peer it is dropped.</summary>
    /// <param name="message">The message; immutable, and may be kept until it is sent where <see cref="KeepsMessages"/> says so.</param>
    void Send(Message message);

    /// <summary>Tells every peer how far this node has applied a group's log durably. Only the latest value matters.</summary>
    /// <param name="group">The group.</param>
    /// <param name="applied">Entries up to here are committed, durable and applied on this node.</param>
    void Announce(GroupId group, LogIndex applied);

    /// <summary>
    /// The log formats that peers speak, each by its own word on a connection that stands. Whoever is not named is not connected, or has
    /// not said it.
    /// </summary>
    /// <value>Another object whenever it changes, and one that is not changed any more. Default empty.</value>
    IReadOnlyDictionary<NodeId, LogFormatRange> PeerFormats => FrozenDictionary<NodeId, LogFormatRange>.Empty;

    /// <summary>Lets everything sent so far leave. Called after each round of work, by whoever sent.</summary>
    void Flush();

    /// <summary>
    /// Replaces the peers. Connections with members that are no longer among them close, both ways, and what waits for them is
    /// dropped; a member with another address is connected anew; the others notice nothing.
    /// </summary>
    /// <param name="peers">The other members with their addresses, and this node's own, which it tells those it connects to.</param>
    void UpdatePeers(IReadOnlyDictionary<NodeId, EndPoint> peers);

    /// <summary>Tells one peer who belongs to a group; it may be lost. Only the latest notice about a group matters.</summary>
    /// <param name="to">The peer.</param>
    /// <param name="notice">What it is told.</param>
    void SendMembers(NodeId to, MemberNotice notice);

    /// <summary>
    /// Tells one peer something about the mending of a damaged log; it may be lost. Of each kind only the latest about a group matters.
    /// </summary>
    /// <param name="to">The peer.</param>
    /// <param name="notice">What it is told.</param>
    void SendRepair(NodeId to, RepairNotice notice);

    /// <summary>
    /// Tells one peer what this member, or the majority, holds of a slice of the state; it may be lost. Of each kind only the latest about a
    /// group matters.
    /// </summary>
    /// <param name="to">The peer.</param>
    /// <param name="notice">What it is told.</param>
    void SendAttestation(NodeId to, AttestationNotice notice);

    /// <summary>
    /// Begins to fetch a group's state from another member, on a connection of its own. The sink hears how it goes, from other
    /// threads: it ends with <see cref="ISnapshotSink.Complete"/> or <see cref="ISnapshotSink.Abort"/>.
    /// </summary>
    /// <param name="group">The group. A fetch for it that is under way is given up first.</param>
    /// <param name="order">Whom to fetch from, and what the state must include.</param>
    /// <param name="sink">Takes the state.</param>
    /// <remarks>
    /// A connection that breaks is opened again and goes on where the last one ended. The fetch is given up when no byte has come for
    /// the transport's time-out, when the other member refuses, or when the sink throws.
    /// </remarks>
    void FetchSnapshot(GroupId group, SnapshotOrder order, ISnapshotSink sink);

    /// <summary>Gives up the fetch for a group, if one is under way; its sink hears of it before long.</summary>
    /// <param name="group">The group.</param>
    void StopFetching(GroupId group);
}
