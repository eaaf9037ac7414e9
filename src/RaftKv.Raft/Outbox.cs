using RaftKv.Raft.Messages;

namespace RaftKv.Raft;

/// <summary>What the next <see cref="Ready"/> will carry besides entries.</summary>
internal sealed class Outbox
{
    private readonly MessageBatch _now = new();
    private readonly MessageBatch _afterPersist = new();
    private readonly List<ReadResult> _reads = [];
    private readonly List<ProposalResult> _proposals = [];
    private readonly List<RaftEvent> _events = [];
    private readonly List<LogRange> _ranges = [];
    private readonly List<SnapshotOrder> _snapshots = [];

    public bool IsEmpty => _now.Count == 0 && _afterPersist.Count == 0 && !HasAnswers;

    private bool HasAnswers => (_reads.Count | _proposals.Count | _events.Count | _ranges.Count | _snapshots.Count) != 0;

    public void Send(Message message) => _now.Add(message);

    public void SendAfterPersist(Message message) => _afterPersist.Add(message);

    public void Add(ReadResult result) => _reads.Add(result);

    public void Add(ProposalResult result) => _proposals.Add(result);

    public void Add(RaftEvent @event) => _events.Add(@event);

    public void Add(LogRange range) => _ranges.Add(range);

    public void Add(SnapshotOrder order) => _snapshots.Add(order);

    /// <summary>What waits for no disk write can leave at once.</summary>
    public void ReleaseAfterPersist() => _now.MoveFrom(_afterPersist);

    public Message[] TakeNow() => _now.Take();

    public Message[] TakeAfterPersist() => _afterPersist.Take();

    /// <summary>Everything but messages; null when there is nothing, which is the common case.</summary>
    public ReadyAnswers? TakeAnswers() =>
        HasAnswers ? new ReadyAnswers(Take(_ranges), Take(_snapshots), Take(_reads), Take(_proposals), Take(_events)) : null;

    public void Clear()
    {
        _now.Clear();
        _afterPersist.Clear();
        _reads.Clear();
        _proposals.Clear();
        _ranges.Clear();
        _snapshots.Clear();
    }

    private static T[] Take<T>(List<T> list)
    {
        if (list.Count == 0)
            return [];
        T[] items = [.. list];
        list.Clear();
        return items;
    }
}
