namespace RaftKv.Raft;

/// <summary>The parts of a <see cref="Ready"/> that most of them lack, kept apart so that the common ones stay small.</summary>
internal sealed class ReadyAnswers
{
    private Batch<LogRange> _ranges;
    private Batch<SnapshotOrder> _snapshots;
    private Batch<ReadResult> _reads;
    private Batch<ProposalResult> _proposals;
    private Batch<RaftEvent> _events;

    public bool IsEmpty => (_ranges.Count | _snapshots.Count | _reads.Count | _proposals.Count | _events.Count) == 0;

    public ReadOnlyMemory<LogRange> Ranges => _ranges.Items;

    public ReadOnlyMemory<SnapshotOrder> Snapshots => _snapshots.Items;

    public ReadOnlyMemory<ReadResult> Reads => _reads.Items;

    public ReadOnlyMemory<ProposalResult> Proposals => _proposals.Items;

    public ReadOnlyMemory<RaftEvent> Events => _events.Items;

    public void Add(LogRange range) => _ranges.Add(range);

    public void Add(SnapshotOrder order) => _snapshots.Add(order);

    public void Add(ReadResult result) => _reads.Add(result);

    public void Add(ProposalResult result) => _proposals.Add(result);

    public void Add(RaftEvent @event) => _events.Add(@event);

    public void Clear()
    {
        _ranges.Clear();
        _snapshots.Clear();
        _reads.Clear();
        _proposals.Clear();
        _events.Clear();
    }
}
