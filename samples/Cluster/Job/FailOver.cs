namespace RaftKv.Samples.Cluster.Job;

/// <summary>Measures from the kill to the first acknowledgement of a put that was begun after the killed process was gone.</summary>
internal sealed class FailOver(TimeProvider time)
{
    private long _killedAt;
    private long _goneAt;
    private long _acknowledgedAt;

    /// <summary>The time from the kill to the first acknowledged put after it; null until there is one.</summary>
    public TimeSpan? Duration => Volatile.Read(ref _acknowledgedAt) is not 0 and long end ? time.GetElapsedTime(_killedAt, end) : null;

    /// <summary>The kill is about to be sent.</summary>
    public void Killing() => _killedAt = time.GetTimestamp();

    /// <summary>The process is gone: what is acknowledged for puts that begin now is the work of the others.</summary>
    public void Gone() => Volatile.Write(ref _goneAt, time.GetTimestamp());

    /// <summary>A put that was begun at the given moment was acknowledged.</summary>
    public void Acknowledged(long begunAt)
    {
        long gone = Volatile.Read(ref _goneAt);
        if (gone != 0 && begunAt >= gone && Volatile.Read(ref _acknowledgedAt) == 0)
            Interlocked.CompareExchange(ref _acknowledgedAt, time.GetTimestamp(), 0);
    }
}
