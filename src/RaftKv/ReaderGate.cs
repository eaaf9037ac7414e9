namespace RaftKv;

/// <summary>
/// Counts who reads the store's files, so that replacing and closing wait for the last reader and let no new one in meanwhile.
/// </summary>
internal sealed class ReaderGate
{
    private readonly object _gate = new();
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _readers;
    private bool _paused;
    private bool _closed;

    /// <summary>Lets a reader in, after a pause if there is one; each entry is followed by one <see cref="Leave"/>.</summary>
    /// <exception cref="ObjectDisposedException">The store was closed.</exception>
    public void Enter()
    {
        lock (_gate)
        {
            while (_paused && !_closed)
                Monitor.Wait(_gate);
            ObjectDisposedException.ThrowIf(_closed, typeof(KeyValueStore));
            _readers++;
        }
    }

    /// <summary>A reader that was let in has finished.</summary>
    public void Leave()
    {
        lock (_gate)
        {
            if (--_readers > 0)
                return;
            if (_paused)
                Monitor.PulseAll(_gate);
            if (_closed)
                _left.TrySetResult();
        }
    }

    /// <summary>Lets nobody in and returns when nobody is inside; readers wait until <see cref="Resume"/>.</summary>
    public void Pause()
    {
        lock (_gate)
        {
            _paused = true;
            while (_readers > 0)
                Monitor.Wait(_gate);
        }
    }

    /// <summary>Lets readers in again.</summary>
    public void Resume()
    {
        lock (_gate)
        {
            _paused = false;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Lets nobody in any more and completes when nobody is left inside.</summary>
    public Task CloseAsync()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.PulseAll(_gate);
            if (_readers == 0)
                _left.TrySetResult();
        }
        return _left.Task;
    }
}
