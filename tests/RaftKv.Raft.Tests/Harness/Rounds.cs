using System.Globalization;

namespace RaftKv.Raft.Tests.Harness;

/// <summary>How long randomized tests run: RAFTKV_ROUNDS multiplies the rounds, RAFTKV_FROM names the first seed, RAFTKV_SEED replays one.</summary>
internal static class Rounds
{
    private static readonly int Factor = (int)(Number("RAFTKV_ROUNDS") ?? 1);

    /// <summary>Whether one seed is replayed.</summary>
    public static bool IsReplay => Number("RAFTKV_SEED") is not null;

    /// <summary>Runs an action with as many seeds, from 1 on unless told otherwise; a failure names the seed and how to replay it.</summary>
    public static void ForSeeds(int count, string test, Action<ulong> action)
    {
        long? replay = Number("RAFTKV_SEED");
        long first = replay ?? Number("RAFTKV_FROM") ?? 1;
        long last = replay ?? first - 1 + (long)count * Factor;
        for (long seed = first; seed <= last; seed++)
        {
            try
            {
                action((ulong)seed);
            }
            catch (Exception failure)
            {
                throw new SeedFailedException(
                    $"seed {seed} failed: {failure.Message}\n"
                    + $"REPRODUCE: RAFTKV_SEED={seed} dotnet run --project tests/RaftKv.Raft.Tests -- --filter-method \"*{test}\"",
                    failure);
            }
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"{test}: seeds {first} to {last} passed");
    }

    private static long? Number(string variable) =>
        long.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out long value) ? value : null;
}

internal sealed class SeedFailedException(string message, Exception inner) : Exception(message, inner);
