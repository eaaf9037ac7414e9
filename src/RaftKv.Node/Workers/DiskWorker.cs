using RaftKv.Node.Telemetry;
using RaftKv.Node.Transport;
using RaftKv.Raft;
using RaftKv.Storage.Wal;

namespace RaftKv.Node.Workers;

/// <summary>
/// Writes the log of all groups on its own thread. Whatever has queued up while the last flush ran is written with the next one:
/// group commit without a timer. Promises leave from here, right after the flush that makes them true.
/// </summary>
/// <remarks>
/// The queue holds Readys whose bytes the cores bound, and of each group at most one release and one installation of state. A write
/// that fails ends the queue: nothing after it is ever acknowledged, and the host faults.
/// </remarks>
internal sealed class DiskWorker
{
    private readonly WriteAheadLog _log;
    private readonly ITransport _transport;
    private readonly NodeMetrics _metrics;
    private readonly WorkQueue<LogJob> _jobs;
    private readonly WalBatch _batch = new();
    private readonly List<GroupLogSink> _touched = [];

    public DiskWorker(
        WorkerPool thread,
        WriteAheadLog log,
        ITransport transport,
        NodeMetrics metrics,
        CatchUpPace pace,
        Action<Exception> failed)
    {
        Pace = pace;
        _metrics = metrics;
        _log = log;
        _transport = transport;
        _jobs = new WorkQueue<LogJob>(thread, Write, failed);
    }

    /// <summary>How fast members that are behind are served.</summary>
    public CatchUpPace Pace { get; }

    /// <summary>How many jobs wait.</summary>
    public int Waiting => _jobs.Waiting;

    public Task StopAsync() => _jobs.StopAsync();

    public void Persist(GroupLogSink group, Ready ready) => _jobs.Add(new LogJob(group, ready, null));

    /// <summary>Does other work with a group's log, after all that was given before.</summary>
    public void Do(GroupLogSink group, Action work) => _jobs.Add(new LogJob(group, null, work));

    /// <summary>Completes when everything given before is done, or never will be.</summary>
    public Task DrainAsync(GroupLogSink group)
    {
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Do(group, done.SetResult);
        return Task.WhenAny(done.Task, _jobs.Ended);
    }

    private void Write(List<LogJob> jobs)
    {
        _touched.Clear();
        foreach (LogJob job in jobs)
        {
            if (job.Ready is not null && job.Group.Take(job.Ready))
                _touched.Add(job.Group);
        }
        if (_touched.Count > 0)
            WriteReadys();
        foreach (LogJob job in jobs)
            job.Work?.Invoke();
    }

    private void WriteReadys()
    {
        _batch.Clear();
        foreach (GroupLogSink group in _touched)
            group.Stage(_batch);
        long start = _metrics.Start();
        _log.Append(_batch);
        _metrics.Written(_batch.Bytes, start);
        Pace.Wrote(_batch.Bytes);
        foreach (GroupLogSink group in _touched)
            group.SendPromises(_transport);
        _transport.Flush();
        foreach (GroupLogSink group in _touched)
            group.Written();
    }

    // A Ready to write, or other work that comes after the Readys given before it.
    private readonly record struct LogJob(GroupLogSink Group, Ready? Ready, Action? Work);
}
