using RaftKv.Raft;
using RaftKv.Raft.Membership;

namespace RaftKv.Node.Transport;

/// <summary>What a state is that one member sends and another takes.</summary>
public sealed class SnapshotDescription
{
    /// <summary>Tells states apart: two that have the same identity are equal byte for byte, whoever sends them.</summary>
    /// <value>Any number; one drawn at random when the state is opened will do.</value>
    public required long Id { get; init; }

    /// <summary>The last entry of the log that the state includes.</summary>
    public required LogPosition Position { get; init; }

    /// <summary>The configuration that was in effect there.</summary>
    public required Configuration Configuration { get; init; }

    /// <summary>How long the state is.</summary>
    /// <value>Bytes; null when that is not known before its end.</value>
    public long? Length { get; init; }
}
