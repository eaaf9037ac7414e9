namespace RaftKv.Node.Workers;

/// <summary>
/// A few threads of their own for work that may block, apart from the process's thread pool. A thread starts when there is work and
/// none is free; beyond the usual number, when all of them have been stuck for a while.
/// </summary>
/// <remarks>Each queue stands here once at most, so there is as much as there are queues.</remarks>
internal sealed class WorkerPool(string name, int threadsMax)
{
    // So many pieces of work may be stuck at a time before the others have to wait for them.
    private const int StuckMax = 256;

    private readonly Lock _lock = new();
    private readonly Queue<IPoolWork> _ready = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // What the threads that have nothing to do wait for, each for its own. It is set outside of the lock, which the thread takes next.
    private readonly Stack<AutoResetEvent> _idle = new();
    private int _threads;
    private bool _stopping;

    // Whether a thread took work since the last look.
    private bool _isMoving;

    // How much short work the process's pool has in hand.
    private int _lent;

    public void Add(IPoolWork work)
    {
        AutoResetEvent? idle;
        lock (_lock)
        {
            _ready.Enqueue(work);
            if (!_idle.TryPop(out idle) && _threads < threadsMax)
                StartThread();
        }
        idle?.Set();
    }

    /// <summary>
    /// Leaves short work to the process's pool, where a calling thread of that pool does it next. Should it block in spite of all, then that
    /// pool lends as many threads as there may be here and no more.
    /// </summary>
    /// <param name="work">Calls <see cref="ShortEnded"/> when it was done there.</param>
    public void AddShort<TWork>(TWork work) where TWork : IPoolWork, IThreadPoolWorkItem
    {
        if (Interlocked.Increment(ref _lent) <= threadsMax)
        {
            ThreadPool.UnsafeQueueUserWorkItem(work, preferLocal: true);
            return;
        }
        ShortEnded();
        Add(work);
    }

    /// <summary>The process's pool has done a piece of short work.</summary>
    public void ShortEnded() => Interlocked.Decrement(ref _lent);

    /// <summary>
    /// Called now and then: starts one more thread if work waits and none was taken since the last time. It ends when it finds nothing to do.
    /// </summary>
    public void Relieve()
    {
        lock (_lock)
        {
            if (!_isMoving && _ready.Count > 0 && _threads < threadsMax + StuckMax)
                StartThread();
            _isMoving = false;
        }
    }

    /// <summary>Ends the threads once nothing is left to do; completes when they have ended.</summary>
    public Task StopAsync()
    {
        lock (_lock)
        {
            _stopping = true;
            while (_idle.TryPop(out AutoResetEvent? idle))
                idle.Set();
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
        using AutoResetEvent wake = new(false);
        while (Take(wake) is { } work)
            work.Run();
    }

    // Null when the thread is to end.
    private IPoolWork? Take(AutoResetEvent wake)
    {
        while (true)
        {
            lock (_lock)
            {
                if (_ready.TryDequeue(out IPoolWork? work))
                {
                    _isMoving = true;
                    return work;
                }
                if (_stopping || _threads > threadsMax)
                {
                    if (--_threads == 0 && _stopping)
                        _ended.TrySetResult();
                    return null;
                }
                _idle.Push(wake);
            }
            wake.WaitOne();
        }
    }
}
