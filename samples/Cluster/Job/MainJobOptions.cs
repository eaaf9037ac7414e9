namespace RaftKv.Samples.Cluster.Job;

/// <summary>The size of the main job.</summary>
internal sealed class MainJobOptions
{
    public required int Keys { get; init; }
    public required int Nodes { get; init; }
    public required int Writers { get; init; }
    public required int Seed { get; init; }
    public required int TickMilliseconds { get; init; }
    public string? DataDirectory { get; init; }
}
