namespace RaftKv.Node.Workers;

/// <summary>
/// A few threads of their own for work that may block, apart from the process's thread pool. A thread starts when there is work and
/// none is free.
/// </summary>
/// <remarks>Each queue stands here once at most, so there is as much as there are queues.</remarks>
internal sealed class WorkerPool(string name, int threadsMax)
{
    private readonly object _lock = new();
    private readonly Queue<IPoolWork> _ready = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _threads;

    // Threads that wait and have not been called yet.
    private int _idle;
    private bool _stopping;

    public void Add(IPoolWork work)
    {
        lock (_lock)
        {
            _ready.Enqueue(work);
            if (_idle > 0)
            {
                _idle--;
                Monitor.Pulse(_lock);
            }
            else if (_threads < threadsMax)
            {
                StartThread();
            }
        }
    }

    /// <summary>Ends the threads once nothing is left to do; completes when they have ended.</summary>
    public Task StopAsync()
    {
        lock (_lock)
        {
            _stopping = true;
            Monitor.PulseAll(_lock);
            if (_threads == 0)
                _ended.TrySetResult();
        }
        return _ended.Task;
    }

    private void StartThread()
    {
        _threads++;
        new Thread(Run) { IsBackground = true, Name = name }.Start();
    }

    private void Run()
    {
        while (Take() is { } work)
            work.Run();
    }

    // Null when there is nothing left and never will be.
    private IPoolWork? Take()
    {
        lock (_lock)
        {
            while (_ready.Count == 0)
            {
                if (_stopping)
                {
                    if (--_threads == 0)
                        _ended.TrySetResult();
                    return null;
                }
                _idle++;
                Monitor.Wait(_lock);
            }
            return _ready.Dequeue();
        }
    }
}
