using RaftKv.Raft;

namespace RaftKv.Node.Driver;

/// <summary>Another member tells what it holds, or what the majority does.</summary>
/// <param name="from">The member.</param>
/// <param name="notice">What it tells.</param>
public sealed class AttestationHeardInput(NodeId from, AttestationNotice notice) : NodeInput
{
    /// <summary>The member.</summary>
    public NodeId From { get; } = from;

    /// <summary>What it tells.</summary>
    public AttestationNotice Notice { get; } = notice;
}
