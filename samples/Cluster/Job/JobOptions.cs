namespace RaftKv.Samples.Cluster.Job;

/// <summary>What every job with processes of its own is given.</summary>
internal sealed class JobOptions
{
    public required int Nodes { get; init; }
    public required int Writers { get; init; }
    public required int Seed { get; init; }
    public required int TickMilliseconds { get; init; }
    public required string? DataDirectory { get; init; }
}
