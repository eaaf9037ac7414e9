namespace RaftKv.Tests.Support;

/// <summary>Makes a request again that failed as it may during a fail-over, with a deadline that only a bug reaches.</summary>
internal static class Patient
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <param name="request">Bears being made again after it was left unknown whether it happened.</param>
    /// <param name="isMended">Whether the member that is asked may be mended meanwhile, and says so.</param>
    public static async Task<T> AskAsync<T>(Func<ValueTask<T>> request, bool isMended = false)
    {
        using CancellationTokenSource deadline = new(Patience);
        using PeriodicTimer pause = new(TimeSpan.FromMilliseconds(5));
        while (true)
        {
            try
            {
                return await request();
            }
            catch (RaftKvException failure) when (IsPassing(failure.Error, isMended) && !deadline.IsCancellationRequested)
            {
                await pause.WaitForNextTickAsync(TestContext.Current.CancellationToken);
            }
        }
    }

    private static bool IsPassing(RaftKvError error, bool isMended) =>
        error is RaftKvError.Timeout or RaftKvError.NoLeader || (isMended && error == RaftKvError.Repairing);
}
