using RaftKv.Raft;
using RaftKv.Raft.Membership;

namespace RaftKv.Node.Driver;

/// <summary>What one node tells another about who belongs to a group, outside of the log.</summary>
/// <param name="Group">The group.</param>
/// <param name="Index">The entry that carries the configuration.</param>
/// <param name="IsCommitted">Whether the teller knows that it is committed.</param>
/// <param name="Configuration">The configuration.</param>
public sealed record MemberNotice(GroupId Group, LogIndex Index, bool IsCommitted, Configuration Configuration);

/// <summary>A node tells who belongs to the group.</summary>
/// <param name="from">The node.</param>
/// <param name="notice">What it tells.</param>
public sealed class MembersHeardInput(NodeId from, MemberNotice notice) : NodeInput
{
    /// <summary>The node.</summary>
    public NodeId From { get; } = from;

    /// <summary>What it tells.</summary>
    public MemberNotice Notice { get; } = notice;
}
