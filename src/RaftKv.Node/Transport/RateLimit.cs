namespace RaftKv.Node.Transport;

/// <summary>Spreads bytes over time. Several streams may share it.</summary>
internal sealed class RateLimit(long bytesPerSecond, TimeProvider time)
{
    private readonly Lock _lock = new();

    // When all that was granted so far has left at the rate allowed; a timestamp of the time provider.
    private long _freeAt = time.GetTimestamp();

    /// <summary>Completes when some more bytes may leave.</summary>
    public ValueTask TakeAsync(int bytes, CancellationToken stopping)
    {
        if (bytesPerSecond == 0)
            return ValueTask.CompletedTask;
        TimeSpan wait;
        lock (_lock)
        {
            long now = time.GetTimestamp();
            long start = Math.Max(_freeAt, now);
            _freeAt = start + (long)((double)bytes / bytesPerSecond * time.TimestampFrequency);
            wait = time.GetElapsedTime(now, start);
        }
        return wait > TimeSpan.Zero ? Pause.ForAsync(wait, time, stopping) : ValueTask.CompletedTask;
    }
}
