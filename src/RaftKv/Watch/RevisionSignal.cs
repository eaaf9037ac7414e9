namespace RaftKv.Watch;

/// <summary>Tells any number of waiters that the store has reached a revision. Nothing is queued: who is late reads the store.</summary>
/// <param name="continuesInline">Whether waiters go on inside <see cref="Publish"/>, for simulations on one thread.</param>
internal sealed class RevisionSignal(bool continuesInline = false)
{
    private readonly Lock _gate = new();
    private readonly TaskCreationOptions _waiting =
        continuesInline ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously;

    // One task for each: of several that wait for the same one, the runtime lets only one go on inline.
    private LinkedList<TaskCompletionSource> _waiters = new();
    private Exception? _closedBy;
    private long _revision;

    /// <summary>The newest revision that was announced.</summary>
    public long Revision => Volatile.Read(ref _revision);

    /// <summary>Completes when the revision has been reached, at once if it has, or when the signal is closed.</summary>
    /// <returns>Why the signal is closed; null while it is not.</returns>
    public async Task<Exception?> ReachAsync(long revision, CancellationToken cancellationToken)
    {
        while (true)
        {
            LinkedListNode<TaskCompletionSource> waiter;
            lock (_gate)
            {
                if (_closedBy is not null || _revision >= revision)
                    return _closedBy;
                waiter = _waiters.AddLast(new TaskCompletionSource(_waiting));
            }
            try
            {
                await waiter.Value.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                Forget(waiter);
            }
        }
    }

    /// <summary>Announces a revision. Waiters go on elsewhere in production; the caller, the apply worker, is not held up.</summary>
    public void Publish(long revision)
    {
        LinkedList<TaskCompletionSource>? waiters;
        lock (_gate)
        {
            if (revision <= _revision)
                return;
            Volatile.Write(ref _revision, revision);
            waiters = TakeWaiters();
        }
        Wake(waiters);
    }

    /// <summary>Announces the revision of another store in this one's place, which may be older: it is reached again.</summary>
    public void Restart(long revision)
    {
        lock (_gate)
            Volatile.Write(ref _revision, Math.Min(_revision, revision));
        Publish(revision);
    }

    /// <summary>Ends all waiting, now and later, with the given reason.</summary>
    public void Close(Exception reason)
    {
        LinkedList<TaskCompletionSource>? waiters;
        lock (_gate)
        {
            _closedBy ??= reason;
            waiters = TakeWaiters();
        }
        Wake(waiters);
    }

    private static void Wake(LinkedList<TaskCompletionSource>? waiters)
    {
        foreach (TaskCompletionSource waiter in waiters ?? [])
            waiter.SetResult();
    }

    private LinkedList<TaskCompletionSource>? TakeWaiters()
    {
        if (_waiters.Count == 0)
            return null;
        LinkedList<TaskCompletionSource> waiters = _waiters;
        _waiters = new LinkedList<TaskCompletionSource>();
        return waiters;
    }

    // One that gave up waits no more.
    private void Forget(LinkedListNode<TaskCompletionSource> waiter)
    {
        lock (_gate)
        {
            if (waiter.List == _waiters)
                _waiters.Remove(waiter);
        }
    }
}
