using RaftKv.Raft;

namespace RaftKv.Node.Telemetry;

/// <summary>How long it takes a group's batches from the disk's queue to the machine's: written here and on a majority. The loop owns it.</summary>
internal sealed class CommitTimer(NodeMetrics metrics)
{
    // While no majority answers, later batches are not timed.
    private const int BatchesMax = 256;

    private readonly Queue<Batch> _batches = new();

    /// <summary>A batch is handed to the disk.</summary>
    public void Handed(Ready ready)
    {
        if (ready.Persist is not { Entries.Length: > 0 } persist || !metrics.WantsCommits || _batches.Count == BatchesMax)
            return;
        _batches.Enqueue(new Batch(persist.Entries.Span[^1].Index, metrics.Start()));
    }

    /// <summary>Entries are handed to the machine.</summary>
    public void Committed(LogIndex through)
    {
        while (_batches.TryPeek(out Batch batch) && batch.Last <= through)
            metrics.Committed(_batches.Dequeue().Start);
    }

    private readonly record struct Batch(LogIndex Last, long Start);
}
