namespace RaftKv.Samples.Cluster.Job;

/// <summary>What the writers know about each key. A key is written once, so each entry is set once.</summary>
internal sealed class Ledger(int keys)
{
    /// <summary>The entry of a key whose put may or may not have happened.</summary>
    public const long Unknown = -1;

    private readonly long[] _revisions = new long[keys];
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

    public bool IsComplete => Acknowledged + UnknownCount == _revisions.Length;

    /// <summary>The next key to write, or -1 when all were taken.</summary>
    public int Take()
    {
        int number = Interlocked.Increment(ref _next);
        return number < _revisions.Length ? number : -1;
    }

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
