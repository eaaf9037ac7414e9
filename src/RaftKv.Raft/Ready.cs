using RaftKv.Raft.Messages;

namespace RaftKv.Raft;

/// <summary>Work the core owes its caller. Ordering is in the shape: there is no other rule.</summary>
/// <remarks>
/// Several may be under way at once. Everything in it is immutable and stays valid for as long as the caller holds it.
/// </remarks>
public sealed class Ready
{
    /// <summary>Echoed in <see cref="RaftCore.Persisted"/>; counts from 1 without gaps.</summary>
    public required long Number { get; init; }

    /// <summary>What to write; null when there is nothing to write.</summary>
    public PersistBatch? Persist { get; init; }

    /// <summary>Messages that may leave at once, beside the write.</summary>
    public ReadOnlyMemory<Message> SendNow { get; init; }

    /// <summary>Messages that promise something: they leave once this and every earlier <see cref="Persist"/> is durable.</summary>
    public ReadOnlyMemory<Message> SendAfterPersist { get; init; }

    /// <summary>Entries that are committed and durable here, in order, each exactly once per run.</summary>
    public ReadOnlyMemory<Entry> Apply { get; init; }

    /// <summary>Entries the core needs back from the log, answered by <see cref="RaftCore.LogRead"/>.</summary>
    public ReadOnlyMemory<LogRange> ReadLog { get; init; }

    /// <summary>State to fetch from the leader, because its log no longer reaches back to this member's.</summary>
    public ReadOnlyMemory<SnapshotOrder> Snapshots { get; init; }

    /// <summary>Answers to <see cref="RaftCore.Read"/>.</summary>
    public ReadOnlyMemory<ReadResult> Reads { get; init; }

    /// <summary>Answers to proposals that were forwarded.</summary>
    public ReadOnlyMemory<ProposalResult> Proposals { get; init; }

    /// <summary>What an observer may want to know; nothing depends on it.</summary>
    public ReadOnlyMemory<RaftEvent> Events { get; init; }
}
