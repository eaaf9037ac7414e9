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

    /// <summary>Lets everything sent so far leave. Called after each round of work, by whoever sent.</summary>
    void Flush();
}
