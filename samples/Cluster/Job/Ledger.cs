namespace RaftKv.Samples.Cluster.Job;

/// <summary>What the writers know about each key. A key is written once, so each entry is set once.</summary>
/// <param name="keys">How many there are.</param>
/// <param name="free">How many of them are given out before <see cref="Release"/>.</param>
internal sealed class Ledger(int keys, int free)
{
    /// <summary>The entry of a key whose put may or may not have happened.</summary>
    public const long Unknown = -1;

    private readonly long[] _revisions = new long[keys];
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _acknowledged;
    private int _unknown;
    private int _retried;
    private int _next = -1;
    private long _highest;

    public int Acknowledged => Volatile.Read(ref _acknowledged);

    public int UnknownCount => Volatile.Read(ref _unknown);

    /// <summary>Puts that were certain not to have happened and were sent again.</summary>
    public int Retried => Volatile.Read(ref _retried);

    /// <summary>The highest revision that was acknowledged.</summary>
    public long HighestRevision => Volatile.Read(ref _highest);

    /// <summary>Puts that have ended, whether or not it is known how.</summary>
    public int Ended => Acknowledged + UnknownCount;

    public bool IsComplete => Ended == _revisions.Length;

    /// <summary>The next key to write, once it may be; -1 when all were taken.</summary>
    public async ValueTask<int> TakeAsync(CancellationToken cancellationToken)
    {
        int number = Interlocked.Increment(ref _next);
        if (number >= free)
            await _released.Task.WaitAsync(cancellationToken);
        return number < _revisions.Length ? number : -1;
    }

    /// <summary>Gives out the other keys too.</summary>
    public void Release() => _released.TrySetResult();

    /// <summary>The revision at which a key was acknowledged, <see cref="Unknown"/>, or 0 while it was not written.</summary>
    public long Revision(int number) => Volatile.Read(ref _revisions[number]);

    public void Acknowledge(int number, long revision)
    {
        Volatile.Write(ref _revisions[number], revision);
        for (long highest = HighestRevision; revision > highest; highest = HighestRevision)
            Interlocked.CompareExchange(ref _highest, revision, highest);
        Interlocked.Increment(ref _acknowledged);
    }

    public void LeaveUnknown(int number)
    {
        Volatile.Write(ref _revisions[number], Unknown);
        Interlocked.Increment(ref _unknown);
    }

    public void CountRetry() => Interlocked.Increment(ref _retried);
}
