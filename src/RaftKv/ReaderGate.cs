namespace RaftKv;

/// <summary>Counts who reads the store's files, so that closing waits for the last reader and lets no new one in.</summary>
internal sealed class ReaderGate
{
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _readers;
    private bool _closed;

    /// <summary>Lets a reader in; each entry is followed by one <see cref="Leave"/>.</summary>
    /// <exception cref="ObjectDisposedException">The store was closed.</exception>
    public void Enter()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, typeof(KeyValueStore));
            _readers++;
        }
    }

    /// <summary>A reader that was let in has finished.</summary>
    public void Leave()
    {
        lock (_gate)
        {
            _readers--;
            if (_closed && _readers == 0)
                _left.TrySetResult();
        }
    }

    /// <summary>Lets nobody in any more and completes when nobody is left inside.</summary>
    public Task CloseAsync()
    {
        lock (_gate)
        {
            _closed = true;
            if (_readers == 0)
                _left.TrySetResult();
        }
        return _left.Task;
    }
}
