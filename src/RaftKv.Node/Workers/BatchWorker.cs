namespace RaftKv.Node.Workers;

/// <summary>
/// A thread of its own that takes everything queued at once and works on it together. Whoever queues bounds how much can wait.
/// </summary>
/// <remarks>The first exception ends the thread for good; what is queued afterwards is dropped.</remarks>
internal sealed class BatchWorker<T>
{
    private readonly object _lock = new();
    private readonly Action<List<T>> _work;
    private readonly Action<Exception> _failed;
    private readonly Thread _thread;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private List<T> _queued = [];
    private bool _waiting;
    private bool _stopping;

    public BatchWorker(string name, Action<List<T>> work, Action<Exception> failed)
    {
        _work = work;
        _failed = failed;
        _thread = new Thread(Run) { IsBackground = true, Name = name };
    }

    public void Start() => _thread.Start();

    public void Add(T item)
    {
        lock (_lock)
        {
            if (_stopping)
                return;
            _queued.Add(item);
            if (_waiting)
                Monitor.Pulse(_lock);
        }
    }

    /// <summary>Finishes what is queued and ends the thread; completes when it has ended.</summary>
    public Task StopAsync()
    {
        lock (_lock)
        {
            _stopping = true;
            Monitor.Pulse(_lock);
        }
        return _ended.Task;
    }

    private void Run()
    {
        List<T> taken = [];
        try
        {
            while (TryTake(ref taken))
            {
                _work(taken);
                taken.Clear();
            }
        }
        catch (Exception e)
        {
            lock (_lock)
            {
                _stopping = true;
                _queued.Clear();
            }
            _failed(e);
        }
        finally
        {
            _ended.SetResult();
        }
    }

    // False when there is nothing left and never will be.
    private bool TryTake(ref List<T> taken)
    {
        lock (_lock)
        {
            while (_queued.Count == 0)
            {
                if (_stopping)
                    return false;
                _waiting = true;
                Monitor.Wait(_lock);
                _waiting = false;
            }
            (taken, _queued) = (_queued, taken);
            return true;
        }
    }
}
