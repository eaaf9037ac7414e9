using System.CommandLine;
using RaftKv.Samples.Cluster.Job;

namespace RaftKv.Samples.Cluster;

/// <summary>The options that every job with processes of its own has.</summary>
/// <param name="nodes">What to say of the number of node processes.</param>
/// <param name="writers">How many writers there are when nobody says it.</param>
/// <param name="seed">What to say of the seed.</param>
internal sealed class JobArguments(string nodes, int writers, string seed)
{
    private Option<int> Nodes { get; } = new("--nodes")
    {
        Description = nodes,
        DefaultValueFactory = _ => 3,
        CustomParser = CommandLineTypes.Number("--nodes", 3, 9),
    };

    private Option<int> Writers { get; } = new("--writers")
    {
        Description = "Writers, each with one put under way.",
        DefaultValueFactory = _ => writers,
        CustomParser = CommandLineTypes.Number("--writers", 1, 1024),
    };

    private Option<int> Seed { get; } = new("--seed")
    {
        Description = seed,
        DefaultValueFactory = _ => (int)(TimeProvider.System.GetTimestamp() & 0xFFFFF),
        CustomParser = CommandLineTypes.Number("--seed", 0, int.MaxValue),
    };

    private Option<int> Tick { get; } = new("--tick")
    {
        Description = "The protocol's unit of time, in milliseconds.",
        DefaultValueFactory = _ => 50,
        CustomParser = CommandLineTypes.Number("--tick", 1, 10_000),
    };

    private Option<string?> Data { get; } = new("--data") { Description = "Where the data directories go; a temporary folder when absent." };

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[Nodes, Writers, Seed, Tick, Data])
            command.Options.Add(option);
    }

    public JobOptions Read(ParseResult parsed) => new()
    {
        Nodes = parsed.GetValue(Nodes),
        Writers = parsed.GetValue(Writers),
        Seed = parsed.GetValue(Seed),
        TickMilliseconds = parsed.GetValue(Tick),
        DataDirectory = parsed.GetValue(Data),
    };
}
