namespace RaftKv.Node.Tests.Support;

/// <summary>Waits for conditions of threads that the test does not own, with a deadline that only a bug reaches.</summary>
internal static class Until
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    public static Task True(Func<bool> condition, string what) => True(() => Task.FromResult(condition()), what);

    public static async Task True(Func<Task<bool>> condition, string what)
    {
        using CancellationTokenSource deadline = new(Patience);
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(5));
        while (!await condition())
        {
            try
            {
                await timer.WaitForNextTickAsync(deadline.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"Waited {Patience} in vain until {what}.");
            }
        }
    }
}
