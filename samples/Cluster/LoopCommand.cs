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
        JobArguments job = new(
            nodes: "Node processes.", writers: 12, seed: "Decides keys, values, victims and moments; drawn when absent.");
        Command command = new("loop", "Kill and freeze processes round after round; nothing acknowledged may be lost or doubled.") { rounds };
        job.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
            LoopJob.RunAsync(parsed.GetValue(rounds), job.Read(parsed), cancellationToken));
        return command;
    }
}
