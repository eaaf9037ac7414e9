using System.CommandLine;
using RaftKv.Samples.Cluster.Job;

namespace RaftKv.Samples.Cluster;

/// <summary>The <c>loop</c> subcommand: rounds of processes that are killed or stand still while writers write.</summary>
internal static class LoopCommand
{
    public static Command Create()
    {
        Option<int> rounds = new("--rounds") { Description = "How many rounds.", DefaultValueFactory = _ => 200 };
        rounds.CustomParser = CommandLineTypes.Number("--rounds", 1, 100_000);
        Option<int> nodes = new("--nodes") { Description = "Node processes.", DefaultValueFactory = _ => 3 };
        nodes.CustomParser = CommandLineTypes.Number("--nodes", 3, 9);
        Option<int> writers = new("--writers") { Description = "Writers, each with one put under way.", DefaultValueFactory = _ => 12 };
        writers.CustomParser = CommandLineTypes.Number("--writers", 1, 1024);
        Option<int> seed = new("--seed") { Description = "Decides keys, values, victims and moments; drawn when absent." };
        seed.CustomParser = CommandLineTypes.Number("--seed", 0, int.MaxValue);
        seed.DefaultValueFactory = _ => (int)(TimeProvider.System.GetTimestamp() & 0xFFFFF);
        Option<int> tick = new("--tick") { Description = "The protocol's unit of time, in milliseconds.", DefaultValueFactory = _ => 50 };
        tick.CustomParser = CommandLineTypes.Number("--tick", 1, 10_000);
        Option<string?> data = new("--data") { Description = "Where the data directories go; a temporary folder when absent." };
        Command command = new("loop", "Kill and freeze processes round after round; nothing acknowledged may be lost or doubled.")
        {
            rounds, nodes, writers, seed, tick, data,
        };
        command.SetAction((parsed, cancellationToken) => LoopJob.RunAsync(new LoopOptions
        {
            Rounds = parsed.GetValue(rounds),
            Nodes = parsed.GetValue(nodes),
            Writers = parsed.GetValue(writers),
            Seed = parsed.GetValue(seed),
            TickMilliseconds = parsed.GetValue(tick),
            DataDirectory = parsed.GetValue(data),
        }, cancellationToken));
        return command;
    }
}
