namespace RaftKv.Node.Workers;

/// <summary>
/// Work in order: one thread of a pool at a time takes everything queued at once and works on it together. Whoever queues bounds how
/// much can wait.
/// </summary>
/// <remarks>The first exception ends the queue for good; what is queued afterwards is dropped.</remarks>
internal sealed class WorkQueue<T>(WorkerPool pool, Action<List<T>> work, Action<Exception> failed) : IPoolWork, IThreadPoolWorkItem
{
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private List<T> _queued = [];
    private List<T> _taken = [];
    private bool _scheduled;
    private bool _stopping;

    /// <summary>Completes when nothing is worked on any more: it was stopped, or it failed.</summary>
    public Task Ended => _ended.Task;

    /// <summary>How many wait for a thread.</summary>
    public int Waiting
    {
        get
        {
            lock (_lock)
                return _queued.Count;
        }
    }

    public void Add(T item)
    {
        if (Enqueue(item))
            Begin();
    }

    /// <summary>Queues without looking for a thread; when the result is true, nothing is done before <see cref="Begin"/>.</summary>
    public bool Enqueue(T item)
    {
        lock (_lock)
        {
            if (_stopping)
                return false;
            _queued.Add(item);
            bool isIdle = !_scheduled;
            _scheduled = true;
            return isIdle;
        }
    }

    /// <summary>Finds a thread for what was queued.</summary>
    public void Begin() => pool.Add(this);

    /// <summary>
    /// As <see cref="Add"/>, for work that is short: when nothing else waits or is worked on, it is left to the process's pool
    /// (<see cref="WorkerPool.AddShort"/>), and what follows from it goes on there: each saves a change of threads.
    /// </summary>
    public void AddShort(T item)
    {
        if (Enqueue(item))
            pool.AddShort(this);
    }

    /// <summary>Finishes what is queued and takes nothing more; completes when that is done.</summary>
    public Task StopAsync()
    {
        lock (_lock)
        {
            _stopping = true;
            if (!_scheduled)
                _ended.TrySetResult();
        }
        return _ended.Task;
    }

    void IPoolWork.Run() => Run();

    void IThreadPoolWorkItem.Execute()
    {
        Run();
        pool.ShortEnded();
    }

    private void Run()
    {
        lock (_lock)
            (_taken, _queued) = (_queued, _taken);
        try
        {
            work(_taken);
            _taken.Clear();
        }
        catch (Exception e)
        {
            lock (_lock)
            {
                _stopping = true;
                _queued.Clear();
            }
            failed(e);
        }
        if (IsMoreQueued())
            pool.Add(this);
    }

    private bool IsMoreQueued()
    {
        lock (_lock)
        {
            if (_queued.Count > 0)
                return true;
            _scheduled = false;
            if (_stopping)
                _ended.TrySetResult();
            return false;
        }
    }
}
