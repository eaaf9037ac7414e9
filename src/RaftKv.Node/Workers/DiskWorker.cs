using RaftKv.Node.Driver;
using RaftKv.Node.Persistence;
using RaftKv.Node.Transport;
using RaftKv.Raft;
using RaftKv.Raft.Messages;

namespace RaftKv.Node.Workers;

/// <summary>
/// Writes the log on its own thread. Whatever has queued up while the last flush ran is written with the next one: group commit
/// without a timer. Promises leave from here, right after the flush that makes them true.
/// </summary>
/// <remarks>
/// The queue holds Readys whose bytes the core bounds, and at most one release. A write that fails ends the thread: nothing after
/// it is ever acknowledged, and the node faults.
/// </remarks>
internal sealed class DiskWorker : ILogSink
{
    private readonly EntryStore _store;
    private readonly ITransport _transport;
    private readonly Action<NodeInput> _answer;
    private readonly Action<Exception> _failed;
    private readonly BatchWorker<LogJob> _writer;
    private readonly List<Ready> _readys = [];

    public DiskWorker(string name, EntryStore store, ITransport transport, Action<NodeInput> answer, Action<Exception> failed)
    {
        _store = store;
        _transport = transport;
        _answer = answer;
        _failed = failed;
        _writer = new BatchWorker<LogJob>($"{name} log", Write, failed);
    }

    public void Start() => _writer.Start();

    public Task StopAsync() => _writer.StopAsync();

    public void Persist(Ready ready) => _writer.Add(new LogJob(ready, default));

    public void Release(LogIndex through) => _writer.Add(new LogJob(null, through));

    // Reading back must not wait behind flushes, so it runs on the pool. The core asks for one range per peer and one to apply.
    public void Read(LogRange range) => ThreadPool.UnsafeQueueUserWorkItem(
        static job => job.Worker.ReadNow(job.Range), (Worker: this, Range: range), preferLocal: false);

    private void Write(List<LogJob> jobs)
    {
        LogIndex? release = null;
        _readys.Clear();
        foreach (LogJob job in jobs)
        {
            if (job.Ready is not null)
                _readys.Add(job.Ready);
            else
                release = job.ReleaseThrough;
        }
        if (_readys.Count > 0)
            WriteReadys();
        if (release is { } through)
            _answer(new ReleasedInput(_store.Release(through)));
    }

    private void WriteReadys()
    {
        _store.Write(_readys);
        foreach (Ready ready in _readys)
        {
            foreach (Message message in ready.SendAfterPersist.Span)
                _transport.Send(message);
        }
        _transport.Flush();
        _answer(new PersistedInput(_readys[^1].Number));
    }

    private void ReadNow(LogRange range)
    {
        try
        {
            _answer(new LogReadInput(range, _store.Read(range)));
        }
        catch (Exception e)
        {
            _failed(e);
        }
    }

    // Either a Ready to write, or a beginning of the log to give up.
    private readonly record struct LogJob(Ready? Ready, LogIndex ReleaseThrough);
}
