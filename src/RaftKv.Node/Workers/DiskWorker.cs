using RaftKv.Node.Telemetry;
using RaftKv.Node.Transport;
using RaftKv.Raft;
using RaftKv.Storage;
using RaftKv.Storage.Wal;

namespace RaftKv.Node.Workers;

/// <summary>
/// Writes the log of all groups on its own thread. Whatever has queued up while the last flush ran is written with the next one:
/// group commit without a timer. Promises leave from here, right after the flush that makes them true.
/// </summary>
/// <remarks>
/// The queue holds Readys, whose bytes the host's <see cref="EntryMemory"/> bounds, and of each group at most one release and one
/// installation of state. A write that fails ends the queue: nothing after it is ever acknowledged, and the host faults. A write for which
/// there was no room has changed nothing: it is made again until there is, and the cores see a disk that hangs.
/// </remarks>
internal sealed class DiskWorker
{
    // A write is cut here: it takes a copy of what it writes.
    private const long WriteBytesMax = 8 * 1024 * 1024;

    // A write that found no room is made again this often.
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(0.5);

    private readonly ITransport _transport;
    private readonly NodeMetrics _metrics;
    private readonly WorkQueue<LogJob> _jobs;
    private readonly WalBatch _batch = new();
    private readonly List<GroupLogSink> _touched = [];
    private readonly TimeProvider _time;
    private readonly Action<string?> _roomChanged;
    private readonly object _retry = new();
    private readonly Action _append;
    private volatile TaskCompletionSource _filled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isStopping;
    private bool _mayRetry;

    // Owned by the loop.
    private bool _mustBegin;

    public DiskWorker(
        WorkerPool thread,
        WriteAheadLog log,
        ITransport transport,
        NodeMetrics metrics,
        CatchUpPace pace,
        TimeProvider time,
        Action<string?> roomChanged,
        Action<Exception> failed)
    {
        _time = time;
        _roomChanged = roomChanged;
        _append = () => log.Append(_batch);
        Pace = pace;
        _metrics = metrics;
        _transport = transport;
        _jobs = new WorkQueue<LogJob>(thread, Write, failed);
    }

    /// <summary>How fast members that are behind are served.</summary>
    public CatchUpPace Pace { get; }

    /// <summary>How many jobs wait.</summary>
    public int Waiting => _jobs.Waiting;

    /// <summary>Whether a write waits for room on the disk.</summary>
    public bool IsFull => _filled.Task.IsCompleted;

    public Task StopAsync()
    {
        lock (_retry)
        {
            _isStopping = true;
            Monitor.PulseAll(_retry);
        }
        return _jobs.StopAsync();
    }

    /// <summary>Takes a Ready to write. The loop calls it, and <see cref="Begin"/> after it.</summary>
    public void Persist(GroupLogSink group, Ready ready) => _mustBegin |= _jobs.Enqueue(new LogJob(group, ready, null));

    /// <summary>
    /// Begins to write what <see cref="Persist"/> took. The loop calls it when it has sent what needs not wait for the disk: the woken thread
    /// may take the loop's processor, and then the others would get their entries only after the leader's own write.
    /// </summary>
    public void Begin()
    {
        if (!_mustBegin)
            return;
        _mustBegin = false;
        _jobs.Begin();
    }

    /// <summary>Does other work with a group's log, after all that was given before.</summary>
    public void Do(GroupLogSink group, Action work) => _jobs.Add(new LogJob(group, null, work));

    /// <summary>Completes when everything given before is done, or never will be, or waits for room on the disk.</summary>
    /// <param name="group">Whose.</param>
    /// <param name="done">Completes when it is done, and only then.</param>
    public Task DrainAsync(GroupLogSink group, out Task done)
    {
        TaskCompletionSource drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Do(group, drained.SetResult);
        done = drained.Task;
        return Task.WhenAny(done, _jobs.Ended, _filled.Task);
    }

    private void Write(List<LogJob> jobs)
    {
        long bytes = 0;
        foreach (LogJob job in jobs)
        {
            if (job.Ready is not { } ready)
                continue;
            if (job.Group.Take(ready))
                _touched.Add(job.Group);
            bytes += ready.Persist?.Bytes ?? 0;
            if (bytes < WriteBytesMax)
                continue;
            WriteReadys();
            bytes = 0;
        }
        if (_touched.Count > 0)
            WriteReadys();
        foreach (LogJob job in jobs)
        {
            if (job.Work is not null)
                DoOnceThereIsRoom(job.Work);
        }
    }

    // Whatever finds no room has done nothing, so it can be done from the start again.
    private void DoOnceThereIsRoom(Action write)
    {
        while (true)
        {
            try
            {
                write();
                break;
            }
            catch (StorageFullException e) when (!Volatile.Read(ref _isStopping))
            {
                if (_filled.TrySetResult())
                    _roomChanged(e.Message);
                Pause();
            }
        }
        if (!IsFull)
            return;
        _filled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _roomChanged(null);
    }

    private void Pause()
    {
        _mayRetry = false;
        using ITimer timer = _time.CreateTimer(static worker => ((DiskWorker)worker!).Retry(), this, RetryPause, Timeout.InfiniteTimeSpan);
        lock (_retry)
        {
            while (!_mayRetry && !_isStopping)
                Monitor.Wait(_retry);
        }
    }

    private void Retry()
    {
        lock (_retry)
        {
            _mayRetry = true;
            Monitor.PulseAll(_retry);
        }
    }

    private void WriteReadys()
    {
        _batch.Clear();
        foreach (GroupLogSink group in _touched)
            group.Stage(_batch);
        long start = _metrics.Start();
        DoOnceThereIsRoom(_append);
        _metrics.Written(_batch.Bytes, start);
        Pace.Wrote(_batch.Bytes);
        foreach (GroupLogSink group in _touched)
            group.SendPromises(_transport);
        _transport.Flush();
        foreach (GroupLogSink group in _touched)
            group.Written();
        _touched.Clear();
    }

    // A Ready to write, or other work that comes after the Readys given before it.
    private readonly record struct LogJob(GroupLogSink Group, Ready? Ready, Action? Work);
}
