using RaftKv.Node.Transport;

namespace RaftKv.Node.Workers;

/// <summary>
/// Spreads over time what a leader reads back for members that are behind, so that live writes keep most of the processors and of the
/// disk: at least some bytes per second, and always several times what is being written, so that whoever is behind arrives.
/// </summary>
internal sealed class CatchUpPace(long bytesPerSecondMin, TimeProvider time)
{
    /// <summary>How many times the rate of live writes may be read back.</summary>
    public const int LiveFactor = 8;

    private static readonly TimeSpan Window = TimeSpan.FromSeconds(0.5);

    private readonly Lock _lock = new();
    private long _windowStart = time.GetTimestamp();
    private long _written;
    private double _writtenPerSecond;

    // When all that was granted so far is paid for; a timestamp of the time provider.
    private long _freeAt = time.GetTimestamp();

    /// <summary>The log has written entries, of whatever group.</summary>
    public void Wrote(long bytes)
    {
        lock (_lock)
            _written += bytes;
    }

    /// <summary>How long the entries that were read must be kept back.</summary>
    public TimeSpan Pay(long bytes)
    {
        if (bytesPerSecondMin == 0)
            return TimeSpan.Zero;
        lock (_lock)
        {
            long now = time.GetTimestamp();
            Measure(now);
            double rate = Math.Max(bytesPerSecondMin, LiveFactor * _writtenPerSecond);
            _freeAt = Math.Max(_freeAt, now) + (long)(bytes / rate * time.TimestampFrequency);
            return time.GetElapsedTime(now, _freeAt);
        }
    }

    /// <summary>Keeps entries that were read back for as long as <see cref="Pay"/> says.</summary>
    public ValueTask PayAsync(long bytes)
    {
        TimeSpan wait = Pay(bytes);
        return wait > TimeSpan.Zero ? Pause.ForAsync(wait, time, CancellationToken.None) : ValueTask.CompletedTask;
    }

    private void Measure(long now)
    {
        TimeSpan passed = time.GetElapsedTime(_windowStart, now);
        if (passed < Window)
            return;
        _writtenPerSecond = _written / passed.TotalSeconds;
        (_written, _windowStart) = (0, now);
    }
}
