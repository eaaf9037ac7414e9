using RaftKv.Raft;

namespace RaftKv.Tests.Support;

/// <summary>
/// Runs a property over seeds that count up from 1 and names the seed that failed. <c>RAFTKV_ROUNDS</c> multiplies the rounds,
/// <c>RAFTKV_SEED</c> runs one seed alone.
/// </summary>
internal static class Rounds
{
    public static int Factor { get; } = int.TryParse(Environment.GetEnvironmentVariable("RAFTKV_ROUNDS"), out int n) ? n : 1;

    public static void Run(int rounds, Action<SplittableRandom> property) =>
        RunAsync(rounds, random =>
        {
            property(random);
            return Task.CompletedTask;
        }).GetAwaiter().GetResult();

    public static async Task RunAsync(int rounds, Func<SplittableRandom, Task> property)
    {
        bool one = ulong.TryParse(Environment.GetEnvironmentVariable("RAFTKV_SEED"), out ulong only);
        ulong first = one ? only : 1;
        ulong last = one ? only : (ulong)rounds * (ulong)Factor;
        for (ulong seed = first; seed <= last; seed++)
        {
            try
            {
                await property(new SplittableRandom(seed));
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException(
                    $"Failed with seed {seed}; run it alone with RAFTKV_SEED={seed}. {failure.Message}", failure);
            }
        }
    }
}
