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

        RootCommand command = new(Story) { keys, job.Nodes, job.Writers, job.Seed, job.Tick, job.Data };
        command.SetAction((parsed, cancellationToken) => MainJob.RunAsync(new MainJobOptions
        {
            Keys = parsed.GetValue(keys),
            Nodes = parsed.GetValue(job.Nodes),
            Writers = parsed.GetValue(job.Writers),
            Seed = parsed.GetValue(job.Seed),
            TickMilliseconds = parsed.GetValue(job.Tick),
            DataDirectory = parsed.GetValue(job.Data),
        }, cancellationToken));
        return command;
    }
}
