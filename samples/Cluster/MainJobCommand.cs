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
        Option<int> nodes = new("--nodes") { Description = "Node processes; a majority must survive one.", DefaultValueFactory = _ => 3 };
        nodes.CustomParser = CommandLineTypes.Number("--nodes", 3, 9);
        Option<int> writers = new("--writers") { Description = "Writers, each with one put under way.", DefaultValueFactory = _ => 48 };
        writers.CustomParser = CommandLineTypes.Number("--writers", 1, 1024);
        Option<int> seed = new("--seed") { Description = "Decides keys, values and the moment of the kill; drawn when absent." };
        seed.CustomParser = CommandLineTypes.Number("--seed", 0, int.MaxValue);
        seed.DefaultValueFactory = _ => (int)(TimeProvider.System.GetTimestamp() & 0xFFFFF);
        Option<int> tick = new("--tick") { Description = "The protocol's unit of time, in milliseconds.", DefaultValueFactory = _ => 50 };
        tick.CustomParser = CommandLineTypes.Number("--tick", 1, 10_000);
        Option<string?> data = new("--data") { Description = "Where the data directories go; a temporary folder when absent." };

        RootCommand command = new(Story) { keys, nodes, writers, seed, tick, data };
        command.SetAction((parsed, cancellationToken) => MainJob.RunAsync(new MainJobOptions
        {
            Keys = parsed.GetValue(keys),
            Nodes = parsed.GetValue(nodes),
            Writers = parsed.GetValue(writers),
            Seed = parsed.GetValue(seed),
            TickMilliseconds = parsed.GetValue(tick),
            DataDirectory = parsed.GetValue(data),
        }, cancellationToken));
        return command;
    }
}
