namespace RaftKv.Samples.Cluster.Job;

/// <summary>What a loop is given.</summary>
internal sealed class LoopOptions
{
    public required int Rounds { get; init; }
    public required int Nodes { get; init; }
    public required int Writers { get; init; }
    public required int Seed { get; init; }
    public required int TickMilliseconds { get; init; }
    public required string? DataDirectory { get; init; }
}
