namespace RaftKv.Cluster.Tests;

/// <summary>The main job of the sample, end to end, with real processes.</summary>
public sealed class MainJobTests
{
    // More than the job gives itself.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(20);

    [Fact]
    public async Task The_main_job_kills_its_leader_and_every_check_holds()
    {
        SampleProgram.Outcome run = await SampleProgram.RunAsync(Patience, ["--keys", "2000", "--seed", "7"]);

        Assert.True(run.ExitCode == 0, run.Output + run.Errors);
        Assert.Contains("Every check held (seed 7).", run.Output, StringComparison.Ordinal);
        Assert.Contains("ms after the kill", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("FAILED", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', run.Output);       // plain lines where the output is redirected
    }

    [Fact]
    public async Task Help_names_the_options_and_is_no_failure()
    {
        SampleProgram.Outcome run = await SampleProgram.RunAsync("--help");

        Assert.Equal(0, run.ExitCode);
        foreach (string option in new[] { "--keys", "--nodes", "--seed", "node" })
            Assert.Contains(option, run.Output, StringComparison.Ordinal);
    }
}
