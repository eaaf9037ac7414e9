using RaftKv.Raft;

namespace RaftKv.Node.Driver;

/// <summary>Another member tells something about the mending of a log.</summary>
/// <param name="from">The member.</param>
/// <param name="notice">What it tells.</param>
public sealed class RepairHeardInput(NodeId from, RepairNotice notice) : NodeInput
{
    /// <summary>The member.</summary>
    public NodeId From { get; } = from;

    /// <summary>What it tells.</summary>
    public RepairNotice Notice { get; } = notice;
}
