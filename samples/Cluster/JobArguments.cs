using System.CommandLine;

namespace RaftKv.Samples.Cluster;

/// <summary>The options that every job with processes of its own has.</summary>
/// <param name="nodes">What to say of the number of node processes.</param>
/// <param name="writers">How many writers there are when nobody says it.</param>
/// <param name="seed">What to say of the seed.</param>
internal sealed class JobArguments(string nodes, int writers, string seed)
{
    public Option<int> Nodes { get; } = new("--nodes")
    {
        Description = nodes,
        DefaultValueFactory = _ => 3,
        CustomParser = CommandLineTypes.Number("--nodes", 3, 9),
    };

    public Option<int> Writers { get; } = new("--writers")
    {
        Description = "Writers, each with one put under way.",
        DefaultValueFactory = _ => writers,
        CustomParser = CommandLineTypes.Number("--writers", 1, 1024),
    };

    public Option<int> Seed { get; } = new("--seed")
    {
        Description = seed,
        DefaultValueFactory = _ => (int)(TimeProvider.System.GetTimestamp() & 0xFFFFF),
        CustomParser = CommandLineTypes.Number("--seed", 0, int.MaxValue),
    };

    public Option<int> Tick { get; } = new("--tick")
    {
        Description = "The protocol's unit of time, in milliseconds.",
        DefaultValueFactory = _ => 50,
        CustomParser = CommandLineTypes.Number("--tick", 1, 10_000),
    };

    public Option<string?> Data { get; } = new("--data") { Description = "Where the data directories go; a temporary folder when absent." };
}
