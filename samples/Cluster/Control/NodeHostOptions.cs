using System.Net;
using Microsoft.Extensions.Logging;

namespace RaftKv.Samples.Cluster.Control;

/// <summary>How one node process is set up, as its command line says.</summary>
internal sealed class NodeHostOptions
{
    public required int Id { get; init; }
    public required string Cluster { get; init; }
    public required string DataDirectory { get; init; }
    public IPEndPoint? Raft { get; init; }
    public required IPEndPoint Control { get; init; }
    public required SortedDictionary<int, IPEndPoint> Members { get; init; }
    public EndPoint? Join { get; init; }
    public bool IsNewcomer { get; init; }
    public string? CertificateFolder { get; init; }
    public LogLevel LogLevel { get; init; } = LogLevel.Warning;
    public required TimeSpan TickInterval { get; init; }
    public required TimeSpan RequestTimeout { get; init; }
    public required long CheckpointBytes { get; init; }
    public required bool ExitWithParent { get; init; }
}
