using System.Diagnostics;
using RaftKv.Samples.Cluster;
using RaftKv.Samples.Cluster.Processes;

namespace RaftKv.Cluster.Tests;

/// <summary>However the main job ends, its node processes end with it and let go of their directories.</summary>
public sealed class EndingTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("-INT", ExitCodes.Interrupted)]
    [InlineData("-KILL", 128 + 9)]
    public async Task The_nodes_end_with_the_job(string signal, int exitCode)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Signals are sent with kill and set to their defaults by the env of coreutils.");
        using TemporaryFolder folder = new();
        using Process job = Start(folder);
        try
        {
            await WritingAsync(job);

            using (Process kill = Process.Start("kill", [signal, $"{job.Id}"]))
                await kill.WaitForExitAsync(Cancel);
            await job.WaitForExitAsync(Cancel).WaitAsync(Patience, Cancel);
        }
        finally
        {
            if (!job.HasExited)
                job.Kill(entireProcessTree: true);
        }

        Assert.Equal(exitCode, job.ExitCode);
        foreach (string directory in Directory.GetDirectories(folder.Path))
            await IsLetGoAsync(directory);
    }

    // A shell lets what it runs in the background ignore SIGINT, and so would every process below it: the job starts with the
    // default, as from a terminal.
    private static Process Start(TemporaryFolder folder) => Process.Start(
        new ProcessStartInfo(
            "env", ["--default-signal=INT", SampleProgram.Path, "--keys", "1000000", "--seed", "5", "--data", folder.Path])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        })!;

    private static async Task WritingAsync(Process job)
    {
        while (await job.StandardOutput.ReadLineAsync(Cancel) is { } line)
        {
            if (line.Contains("acknowledged", StringComparison.Ordinal))
                return;
        }
        Assert.Fail(await job.StandardError.ReadToEndAsync(Cancel));
    }

    // A node that still runs holds the lock of its directory; another is let in once it has gone.
    private static async Task IsLetGoAsync(string directory)
    {
        string id = Path.GetFileName(directory)["node-".Length..];
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        deadline.CancelAfter(Patience);
        while (true)
        {
            await using NodeProcess node = NodeProcess.Start(
                ["node", "--id", id, "--cluster", "sample-5", "--data", directory, "--exit-with-parent"], SampleProgram.Path);
            try
            {
                await node.ReadyAsync(deadline.Token);
                return;
            }
            catch (IOException refusal) when (refusal.Message.Contains("in use by another", StringComparison.Ordinal))
            {
                await ProcessCluster.PauseAsync(deadline.Token);
            }
        }
    }
}
