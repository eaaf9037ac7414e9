using RaftKv.Raft.Log;
using RaftKv.Raft.Messages;

namespace RaftKv.Raft;

/// <summary>Work the core owes its caller. Ordering is in the shape: there is no other rule.</summary>
/// <remarks>
/// Several may be under way at once. Everything in it is immutable and stays valid for as long as the caller holds it, or until the
/// caller hands it back with <see cref="RaftCore.Return"/>, which it need not do. Entries and their payloads outlive it in any case.
/// </remarks>
public sealed class Ready
{
    private readonly Outbox _owner;
    private PersistBatch? _batch;
    private bool _persists;
    private Batch<Message> _now;
    private Batch<Message> _afterPersist;
    private ReadOnlyMemory<Entry> _apply;
    private EntryChunk? _applyChunk;
    private ReadyAnswers? _answers;
    private bool _isHandedBack;
    private long _number;

    internal Ready(Outbox owner) => _owner = owner;

    /// <summary>Echoed in <see cref="RaftCore.Persisted"/>; counts from 1 without gaps.</summary>
    public long Number => Held._number;

    /// <summary>What to write; null when there is nothing to write.</summary>
    public PersistBatch? Persist => Held._persists ? _batch : null;

    /// <summary>Messages that may leave at once, beside the write.</summary>
    public ReadOnlyMemory<Message> SendNow => Held._now.Items;

    /// <summary>Messages that promise something: they leave once this and every earlier <see cref="Persist"/> is durable.</summary>
    public ReadOnlyMemory<Message> SendAfterPersist => Held._afterPersist.Items;

    /// <summary>Entries that are committed and durable here, in order, each exactly once per run.</summary>
    public ReadOnlyMemory<Entry> Apply => Held._apply;

    /// <summary>Entries the core needs back from the log, answered by <see cref="RaftCore.LogRead"/>.</summary>
    public ReadOnlyMemory<LogRange> ReadLog => Held._answers?.Ranges ?? default;

    /// <summary>State to fetch from the leader, because its log no longer reaches back to this member's.</summary>
    public ReadOnlyMemory<SnapshotOrder> Snapshots => Held._answers?.Snapshots ?? default;

    /// <summary>Answers to <see cref="RaftCore.Read"/>.</summary>
    public ReadOnlyMemory<ReadResult> Reads => Held._answers?.Reads ?? default;

    /// <summary>Answers to proposals that were forwarded.</summary>
    public ReadOnlyMemory<ProposalResult> Proposals => Held._answers?.Proposals ?? default;

    /// <summary>What an observer may want to know; nothing depends on it.</summary>
    public ReadOnlyMemory<RaftEvent> Events => Held._answers?.Events ?? default;

    /// <summary>Whether nothing has gathered yet.</summary>
    internal bool IsEmpty => _now.Count == 0 && _afterPersist.Count == 0 && _answers is null or { IsEmpty: true };

    internal ReadyAnswers Answers => _answers ??= new ReadyAnswers();

    private Ready Held => _isHandedBack ? throw new InvalidOperationException($"This {nameof(Ready)} was handed back.") : this;

    internal bool BelongsTo(Outbox outbox) => _owner == outbox;

    internal void Send(Message message) => _now.Add(message);

    internal void SendAfterPersisting(Message message) => _afterPersist.Add(message);

    /// <summary>What waits for no disk write can leave at once.</summary>
    internal void ReleaseAfterPersist()
    {
        if (_afterPersist.Count > 0)
            _now.MoveFrom(ref _afterPersist);
    }

    internal void Begin() => _isHandedBack = false;

    internal void SetNumber(long number) => _number = number;

    internal void SetPersist(RaftLog log, HardState? hardState)
    {
        _batch ??= new PersistBatch();
        _batch.Fill(_number, log, hardState);
        _persists = true;
    }

    internal void SetApply(in EntrySlice page)
    {
        page.Chunk?.Pin();
        _apply = page.Entries;
        _applyChunk = page.Chunk;
    }

    /// <summary>Forgets the messages and answers it has gathered.</summary>
    internal void Clear()
    {
        _now.Clear();
        _afterPersist.Clear();
        _answers?.Clear();
    }

    /// <summary>The caller uses nothing of it any more.</summary>
    internal void HandBack(MessagePool messages)
    {
        _ = Held;
        foreach (Message message in _now.Span)
            messages.TakeBack(message);
        foreach (Message message in _afterPersist.Span)
            messages.TakeBack(message);
        Clear();
        if (_persists)
            _batch!.HandBack();
        _persists = false;
        _applyChunk?.Unpin();
        _applyChunk = null;
        _apply = default;
        _isHandedBack = true;
    }
}
