namespace RaftKv.Watch;

/// <summary>Tells any number of waiters that the store has reached a revision. Nothing is queued: who is late reads the store.</summary>
/// <param name="continuesInline">Whether waiters go on inside <see cref="Publish"/>, for simulations on one thread.</param>
internal sealed class RevisionSignal(bool continuesInline = false)
{
    private readonly Lock _gate = new();
    private readonly TaskCreationOptions _waiting =
        continuesInline ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously;
    private TaskCompletionSource? _waiters;
    private Exception? _closedBy;
    private long _revision;

    /// <summary>The newest revision that was announced.</summary>
    public long Revision => Volatile.Read(ref _revision);

    /// <summary>Completes when the revision has been reached, at once if it has; fails once the signal is closed.</summary>
    public async Task ReachAsync(long revision, CancellationToken cancellationToken)
    {
        while (Next(revision) is { } next)
            await next.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Announces a revision. Waiters go on elsewhere in production; the caller, the apply worker, is not held up.</summary>
    public void Publish(long revision)
    {
        TaskCompletionSource? waiters;
        lock (_gate)
        {
            if (revision <= _revision)
                return;
            Volatile.Write(ref _revision, revision);
            (waiters, _waiters) = (_waiters, null);
        }
        waiters?.SetResult();
    }

    /// <summary>Ends all waiting, now and later, with the given reason.</summary>
    public void Close(Exception reason)
    {
        TaskCompletionSource? waiters;
        lock (_gate)
        {
            _closedBy ??= reason;
            (waiters, _waiters) = (_waiters, null);
        }
        if (waiters is null)
            return;
        waiters.SetException(reason);
        _ = waiters.Task.Exception;     // a reason nobody waited for is no unobserved failure
    }

    private Task? Next(long revision)
    {
        lock (_gate)
        {
            if (_closedBy is not null)
                return Task.FromException(_closedBy);
            if (_revision >= revision)
                return null;
            _waiters ??= new TaskCompletionSource(_waiting);
            return _waiters.Task;
        }
    }
}
