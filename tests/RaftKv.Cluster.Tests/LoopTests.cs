namespace RaftKv.Cluster.Tests;

/// <summary>Processes that are killed and frozen at random moments and come back in the same directory, without any flag.</summary>
public sealed class LoopTests
{
    /// <summary><c>RAFTKV_ROUNDS</c> multiplies the rounds, <c>RAFTKV_SEED</c> chooses them.</summary>
    [Fact]
    public async Task Any_process_may_be_killed_or_frozen_at_any_moment_and_nothing_acknowledged_is_lost_or_doubled()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Signals are sent with kill.");
        string seed = Environment.GetEnvironmentVariable("RAFTKV_SEED") ?? "1";
        int rounds = 8 * (int.TryParse(Environment.GetEnvironmentVariable("RAFTKV_ROUNDS"), out int factor) ? factor : 1);

        // More than the job gives itself: as much for each round, and for what comes before and after them.
        TimeSpan patience = TimeSpan.FromMinutes(5 * (rounds + 3));
        SampleProgram.Outcome run = await SampleProgram.RunAsync(patience, ["loop", "--rounds", $"{rounds}", "--seed", seed]);

        Assert.True(run.ExitCode == 0, run.Output + run.Errors);
        Assert.Contains($"{rounds} rounds, seed {seed}: ", run.Output, StringComparison.Ordinal);
        Assert.Contains("0 lost, 0 doubled", run.Output, StringComparison.Ordinal);
        Assert.Equal(rounds, run.Output.Split('\n').Count(line => line.StartsWith("round ", StringComparison.Ordinal)));
    }
}
