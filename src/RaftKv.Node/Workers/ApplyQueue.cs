using RaftKv.Node.Driver;
using RaftKv.Node.Telemetry;
using RaftKv.Node.Transport;
using RaftKv.Raft;
using RaftKv.Storage;

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

    // So few entries are left to the process's pool while the machine is quick: each of its last batches, with whatever it did besides,
    // took less than this. Neither the loop nor a connection waits for it, should it take long then.
    private const int ShortEntriesMax = 16;
    private const int QuickBatchesMin = 16;

    private static readonly TimeSpan QuickTime = TimeSpan.FromMicroseconds(200);

    // A checkpoint that found no room is not tried again before.
    private static readonly TimeSpan CheckpointPause = TimeSpan.FromSeconds(1);

    private readonly HostParts _host;
    private readonly IStateMachine _machine;
    private readonly CommandApplier _applier;
    private readonly NodeMetrics _metrics;
    private readonly CommitTimer _timer;
    private readonly Action<NodeInput> _answer;
    private readonly WorkQueue<ApplyJob> _jobs;
    private readonly List<ReadOnlyMemory<Entry>> _pages = [];
    private readonly SliceWorker? _slices;

    // With whoever waits for the checkpoint.
    private readonly WorkQueue<TaskCompletionSource?>? _checkpoints;

    // Held while a checkpoint is made and reported, and while another's state takes the place of the machine's: a report about the state
    // before never comes after that.
    private readonly Lock _moving = new();
    private IMachineReceiver? _receiver;
    private bool _idles;
    private int _checkpointQueued;
    private long _putOffAt;

    // How many batches in a row were quick. Whoever applies counts, the loop reads.
    private volatile int _quickBatches;

    public ApplyQueue(
        HostParts host,
        IStateMachine machine,
        CommandApplier applier,
        SliceWorker? slices,
        CommitTimer timer,
        Action<NodeInput> answer,
        Action<Exception> failed)
    {
        _host = host;
        _metrics = host.Metrics;
        _timer = timer;
        _machine = machine;
        _applier = applier;
        _slices = slices;
        _answer = answer;
        _jobs = new WorkQueue<ApplyJob>(host.ApplyThreads, Work, failed);
        if (machine.CheckpointsBesideApply)
            _checkpoints = new WorkQueue<TaskCompletionSource?>(host.CheckpointThreads, Checkpoint, failed);
    }

    /// <summary>How many pages wait.</summary>
    public int Waiting => _jobs.Waiting;

    public async Task StopAsync()
    {
        await _jobs.StopAsync().ConfigureAwait(false);
        if (_checkpoints is not null)
            await _checkpoints.StopAsync().ConfigureAwait(false);
        _receiver?.Dispose();
    }

    /// <summary>Opens the machine's state between two batches; null when the machine gives none.</summary>
    public Task<IMachineSnapshot?> OpenSnapshotAsync()
    {
        if (_machine is not ISnapshotMachine machine)
            return Task.FromResult<IMachineSnapshot?>(null);
        if (machine.OpensBesideApply)
            return Task.Run<IMachineSnapshot?>(machine.OpenSnapshot);
        TaskCompletionSource<IMachineSnapshot?> opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _jobs.Add(new ApplyJob(default, () =>
        {
            try
            {
                opened.SetResult(machine.OpenSnapshot());
            }
            catch (Exception e)
            {
                // Only the member that asked goes without; if the machine is broken, its next batch will tell.
                opened.SetException(e);
            }
        }));
        return opened.Task;
    }

    /// <summary>Makes a checkpoint, whether one is due or not; it may be put off for want of room all the same.</summary>
    public Task CheckpointAsync()
    {
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        if (_checkpoints is not null)
            _checkpoints.Add(done);
        else
            _jobs.Add(new ApplyJob(default, () => Checkpoint([done])));
        return done.Task;
    }

    void IApplySink.Apply(ReadOnlyMemory<Entry> entries)
    {
        _timer.Committed(entries.Span[^1].Index);
        if (entries.Length <= ShortEntriesMax && _quickBatches >= QuickBatchesMin)
            _jobs.AddShort(new ApplyJob(entries, null));
        else
            _jobs.Add(new ApplyJob(entries, null));
    }

    ISnapshotSink? IApplySink.Receive(long fetch)
    {
        if (_machine is not ISnapshotMachine machine)
            return null;
        _receiver?.Dispose();
        _receiver = machine.BeginReceive();
        return new SnapshotIntake(_receiver, fetch, _answer);
    }

    void IApplySink.Install(LogPosition position, LogFormat format, bool hasState) => _jobs.Add(new ApplyJob(default, () =>
    {
        lock (_moving)
        {
            if (hasState)
                _receiver!.Install();
            _applier.GoOnAfter(position.Index, format);
            _slices?.Replaced();
            _answer(new MachineInstalledInput(_machine.Durable));
        }
    }));

    private void Work(List<ApplyJob> jobs)
    {
        long start = _host.Time.GetTimestamp();
        WorkOn(jobs);
        _quickBatches = _host.Time.GetElapsedTime(start) < QuickTime ? Math.Min(_quickBatches + 1, QuickBatchesMin) : 0;
    }

    private void WorkOn(List<ApplyJob> jobs)
    {
        foreach (ApplyJob job in jobs)
        {
            if (job.Work is null)
                _pages.Add(job.Page);
            if (job.Work is not null || _pages.Count == BatchPagesMax)
                ApplyPages();
            job.Work?.Invoke();
        }
        ApplyPages();
        if (_jobs.Waiting > 0 || _idles || !_machine.Idle())
            return;
        _idles = true;
        _jobs.Add(new ApplyJob(default, Idle));
    }

    private void Idle()
    {
        _idles = false;
        if (_machine.CheckpointDue)
            RequestCheckpoint();
    }

    private void ApplyPages()
    {
        if (_pages.Count == 0)
            return;
        long start = _metrics.Start();
        AppliedInput applied = _applier.Apply(_pages);
        _metrics.Applied(_pages.Sum(page => page.Length), start);
        _pages.Clear();
        _answer(applied);
        if (_machine.CheckpointDue)
            RequestCheckpoint();
    }

    private void RequestCheckpoint()
    {
        if (IsPutOff || Interlocked.Exchange(ref _checkpointQueued, 1) != 0)
            return;
        // It may take long: in no case is it left to the process's pool.
        if (_checkpoints is null)
            _jobs.Add(new ApplyJob(default, Checkpoint));
        else
            _checkpoints.Add(null);
    }

    private void Checkpoint(List<TaskCompletionSource?> waiting)
    {
        Checkpoint();
        foreach (TaskCompletionSource? waits in waiting)
            waits?.SetResult();
    }

    private void Checkpoint()
    {
        try
        {
            lock (_moving)
            {
                _machine.Checkpoint();
                _answer(new CheckpointedInput(_machine.Durable));
            }
        }
        catch (StorageFullException e)
        {
            // What was there before is untouched: the log, which has it all, is kept for longer.
            Volatile.Write(ref _putOffAt, _host.Time.GetTimestamp());
            NodeLog.CheckpointPutOff(_host.Logger, e.Message);
        }
        Volatile.Write(ref _checkpointQueued, 0);
    }

    private bool IsPutOff => Volatile.Read(ref _putOffAt) is not 0 and var at && _host.Time.GetElapsedTime(at) < CheckpointPause;

    // A page of entries, or other work that comes after the pages given before it.
    private readonly record struct ApplyJob(ReadOnlyMemory<Entry> Page, Action? Work);
}
