namespace RaftKv.Node.Transport;

/// <summary>Waits for time to pass.</summary>
internal static class Pause
{
    /// <summary>Completes after a time, or at once when it is cancelled; never throws.</summary>
    public static async ValueTask ForAsync(TimeSpan length, TimeProvider time, CancellationToken stopping)
    {
        Signal over = new();
        using ITimer timer = time.CreateTimer(
            static over => ((Signal)over!).Set(), over, length, Timeout.InfiniteTimeSpan);
        using CancellationTokenRegistration stopped = stopping.UnsafeRegister(static over => ((Signal)over!).Set(), over);
        await over.WaitAsync().ConfigureAwait(false);
    }
}
