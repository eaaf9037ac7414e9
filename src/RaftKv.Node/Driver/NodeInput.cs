using RaftKv.Raft;
using RaftKv.Raft.Messages;

namespace RaftKv.Node.Driver;

/// <summary>Something that happened to a node. A closed family: whatever is not among it cannot reach the driver.</summary>
public abstract class NodeInput
{
    private protected NodeInput()
    {
    }
}

/// <summary>One unit of the protocol's time has passed.</summary>
public sealed class TickInput : NodeInput
{
    private TickInput()
    {
    }

    /// <summary>The only one: ticks do not differ.</summary>
    public static TickInput Instance { get; } = new();
}

/// <summary>Messages arrived from another member.</summary>
/// <param name="messages">In the order they arrived.</param>
public sealed class MessagesInput(IReadOnlyList<Message> messages) : NodeInput
{
    /// <summary>The messages, in the order they arrived.</summary>
    public IReadOnlyList<Message> Messages { get; } = messages;
}

/// <summary>Everything handed to <see cref="ILogSink.Persist"/> up to a number is durable.</summary>
/// <param name="readyNumber">The largest <see cref="Ready.Number"/> that is durable with all before it.</param>
public sealed class PersistedInput(long readyNumber) : NodeInput
{
    /// <summary>The largest <see cref="Ready.Number"/> that is durable with all before it.</summary>
    public long ReadyNumber { get; } = readyNumber;
}

/// <summary>The answer to <see cref="ILogSink.Read"/>.</summary>
/// <param name="range">What was asked for.</param>
/// <param name="entries">The first of them, at least one unless the log was cut meanwhile.</param>
public sealed class LogReadInput(LogRange range, ReadOnlyMemory<Entry> entries) : NodeInput
{
    /// <summary>What was asked for.</summary>
    public LogRange Range { get; } = range;

    /// <summary>The first of the entries asked for; fewer when they are many.</summary>
    public ReadOnlyMemory<Entry> Entries { get; } = entries;
}

/// <summary>The answer to <see cref="ILogSink.Release"/>: the log now begins after a position.</summary>
/// <param name="newBase">The last entry that is no longer kept.</param>
public sealed class ReleasedInput(LogPosition newBase) : NodeInput
{
    /// <summary>The last entry that is no longer kept.</summary>
    public LogPosition Base { get; } = newBase;
}

/// <summary>The answer to <see cref="IApplySink.Apply"/>: the machine holds everything up to a position.</summary>
/// <param name="through">The last entry applied, of whatever kind.</param>
/// <param name="results">Answers to this node's own proposals among them.</param>
public sealed class AppliedInput(LogPosition through, IReadOnlyList<ProposalAnswer> results) : NodeInput
{
    /// <summary>The last entry applied, of whatever kind.</summary>
    public LogPosition Through { get; } = through;

    /// <summary>Answers to this node's own proposals among the entries applied.</summary>
    public IReadOnlyList<ProposalAnswer> Results { get; } = results;
}

/// <summary>The machine has finished a checkpoint.</summary>
/// <param name="durable">The last command it includes.</param>
public sealed class CheckpointedInput(LogPosition durable) : NodeInput
{
    /// <summary>The last command the checkpoint includes.</summary>
    public LogPosition Durable { get; } = durable;
}

/// <summary>Another member tells how far it has applied the log durably.</summary>
/// <param name="peer">The member.</param>
/// <param name="applied">Entries up to here are committed, durable and applied there.</param>
public sealed class PeerAppliedInput(NodeId peer, LogIndex applied) : NodeInput
{
    /// <summary>The member.</summary>
    public NodeId Peer { get; } = peer;

    /// <summary>Entries up to here are committed, durable and applied there.</summary>
    public LogIndex Applied { get; } = applied;
}

/// <summary>Messages to another member were dropped: it cannot be reached, or too much waits for it.</summary>
/// <param name="peer">The member.</param>
public sealed class PeerUnreachableInput(NodeId peer) : NodeInput
{
    /// <summary>The member.</summary>
    public NodeId Peer { get; } = peer;
}

/// <summary>A worker met something the node cannot go on after.</summary>
/// <param name="reason">What it met.</param>
public sealed class FaultInput(RaftKvException reason) : NodeInput
{
    /// <summary>What it met.</summary>
    public RaftKvException Reason { get; } = reason;
}
