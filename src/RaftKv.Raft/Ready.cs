using RaftKv.Raft.Messages;

namespace RaftKv.Raft;

/// <summary>Work the core owes its caller. Ordering is in the shape: there is no other rule.</summary>
/// <remarks>
/// Several may be under way at once. Everything in it is immutable and stays valid for as long as the caller holds it.
/// </remarks>
public sealed class Ready
{
    private readonly Message[] _now;
    private readonly Message[] _afterPersist;
    private readonly ReadyAnswers? _answers;

    internal Ready(
        long number, PersistBatch? persist, Message[] now, Message[] afterPersist, ReadOnlyMemory<Entry> apply, ReadyAnswers? answers)
    {
        Number = number;
        Persist = persist;
        _now = now;
        _afterPersist = afterPersist;
        Apply = apply;
        _answers = answers;
    }

    /// <summary>Echoed in <see cref="RaftCore.Persisted"/>; counts from 1 without gaps.</summary>
    public long Number { get; }

    /// <summary>What to write; null when there is nothing to write.</summary>
    public PersistBatch? Persist { get; }

    /// <summary>Messages that may leave at once, beside the write.</summary>
    public ReadOnlyMemory<Message> SendNow => _now;

    /// <summary>Messages that promise something: they leave once this and every earlier <see cref="Persist"/> is durable.</summary>
    public ReadOnlyMemory<Message> SendAfterPersist => _afterPersist;

    /// <summary>Entries that are committed and durable here, in order, each exactly once per run.</summary>
    public ReadOnlyMemory<Entry> Apply { get; }

    /// <summary>Entries the core needs back from the log, answered by <see cref="RaftCore.LogRead"/>.</summary>
    public ReadOnlyMemory<LogRange> ReadLog => _answers?.Ranges;

    /// <summary>State to fetch from the leader, because its log no longer reaches back to this member's.</summary>
    public ReadOnlyMemory<SnapshotOrder> Snapshots => _answers?.Snapshots;

    /// <summary>Answers to <see cref="RaftCore.Read"/>.</summary>
    public ReadOnlyMemory<ReadResult> Reads => _answers?.Reads;

    /// <summary>Answers to proposals that were forwarded.</summary>
    public ReadOnlyMemory<ProposalResult> Proposals => _answers?.Proposals;

    /// <summary>What an observer may want to know; nothing depends on it.</summary>
    public ReadOnlyMemory<RaftEvent> Events => _answers?.Events;
}
