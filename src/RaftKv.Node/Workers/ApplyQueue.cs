using RaftKv.Node.Driver;
using RaftKv.Node.Telemetry;
using RaftKv.Raft;

namespace RaftKv.Node.Workers;

/// <summary>
/// Feeds one group's machine: everything committed while the last batch was applied makes the next one. Checkpoints run between
/// batches, or beside them on other threads when the machine allows it.
/// </summary>
/// <remarks>The queue holds pages whose bytes the core bounds until they are reported applied.</remarks>
internal sealed class ApplyQueue : IApplySink
{
    // A batch is cut here so that the first results of a long queue do not wait for the last.
    private const int BatchPagesMax = 64;

    private readonly IStateMachine _machine;
    private readonly CommandApplier _applier;
    private readonly NodeMetrics _metrics;
    private readonly CommitTimer _timer;
    private readonly Action<NodeInput> _answer;
    private readonly WorkQueue<ReadOnlyMemory<Entry>> _batches;
    private readonly WorkQueue<bool>? _checkpoints;
    private int _checkpointQueued;

    public ApplyQueue(
        HostParts host,
        IStateMachine machine,
        CommandApplier applier,
        CommitTimer timer,
        Action<NodeInput> answer,
        Action<Exception> failed)
    {
        _metrics = host.Metrics;
        _timer = timer;
        _machine = machine;
        _applier = applier;
        _answer = answer;
        _batches = new WorkQueue<ReadOnlyMemory<Entry>>(host.ApplyThreads, Apply, failed);
        if (machine.CheckpointsBesideApply)
            _checkpoints = new WorkQueue<bool>(host.CheckpointThreads, _ => Checkpoint(), failed);
    }

    /// <summary>How many pages wait.</summary>
    public int Waiting => _batches.Waiting;

    public async Task StopAsync()
    {
        await _batches.StopAsync().ConfigureAwait(false);
        if (_checkpoints is not null)
            await _checkpoints.StopAsync().ConfigureAwait(false);
    }

    void IApplySink.Apply(ReadOnlyMemory<Entry> entries)
    {
        _timer.Committed(entries.Span[^1].Index);
        _batches.Add(entries);
    }

    private void Apply(List<ReadOnlyMemory<Entry>> pages)
    {
        for (int start = 0; start < pages.Count; start += BatchPagesMax)
        {
            int count = Math.Min(BatchPagesMax, pages.Count - start);
            ApplyBatch(count == pages.Count ? pages : pages.GetRange(start, count));
            if (_machine.CheckpointDue)
                RequestCheckpoint();
        }
    }

    private void ApplyBatch(IReadOnlyList<ReadOnlyMemory<Entry>> pages)
    {
        long start = _metrics.Start();
        AppliedInput applied = _applier.Apply(pages);
        _metrics.Applied(pages.Sum(page => page.Length), start);
        _answer(applied);
    }

    private void RequestCheckpoint()
    {
        if (_checkpoints is null)
            Checkpoint();
        else if (Interlocked.Exchange(ref _checkpointQueued, 1) == 0)
            _checkpoints.Add(true);
    }

    private void Checkpoint()
    {
        _machine.Checkpoint();
        _answer(new CheckpointedInput(_machine.Durable));
        Volatile.Write(ref _checkpointQueued, 0);
    }
}
