using System.CommandLine;
using RaftKv.Samples.Cluster.Job;

namespace RaftKv.Samples.Cluster;

/// <summary>The main job, which is what the program does without a subcommand.</summary>
internal static class MainJobCommand
{
    private const string Story =
        "Starts a cluster of processes on this machine, writes through all of them, kills the leader in the middle, " +
        "restarts it and checks that nothing acknowledged was lost, doubled or reordered.";

    public static RootCommand Create()
    {
        Option<int> keys = new("--keys") { Description = "Keys to put.", DefaultValueFactory = _ => 20_000 };
        keys.CustomParser = CommandLineTypes.Number("--keys", 100, 10_000_000);
        JobArguments job = new(
            nodes: "Node processes; a majority must survive one.",
            writers: 48,
            seed: "Decides keys, values and the moment of the kill; drawn when absent.");

        RootCommand command = new(Story) { keys };
        job.AddTo(command);
        command.SetAction((parsed, cancellationToken) => MainJob.RunAsync(parsed.GetValue(keys), job.Read(parsed), cancellationToken));
        return command;
    }
}
