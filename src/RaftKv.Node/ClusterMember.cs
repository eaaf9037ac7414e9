using System.Net;
using RaftKv.Raft;

namespace RaftKv.Node;

/// <summary>One member, as a node knows it.</summary>
public sealed class ClusterMember
{
    /// <summary>Its number.</summary>
    public required NodeId NodeId { get; init; }

    /// <summary>What part it plays.</summary>
    public required MemberKind Kind { get; init; }

    /// <summary>Where it is reached; null when that is not on record.</summary>
    public required EndPoint? Address { get; init; }

    /// <summary>Whether it leads.</summary>
    public required bool IsLeader { get; init; }

    /// <summary>Whether it was heard from lately. Known where the leader is asked; null elsewhere.</summary>
    public required bool? IsActive { get; init; }

    /// <summary>The last entry known to be durable there. Known where the leader is asked; null elsewhere.</summary>
    public required LogIndex? Match { get; init; }

    /// <summary>
    /// The log formats that its build speaks, by its own word on a connection that stands. Known where the leader is asked, and for the
    /// member that is asked itself; null elsewhere, and for a member that is away.
    /// </summary>
    public LogFormatRange? Formats { get; init; }

    /// <summary>How many entries it lacks of what the leader's log holds. Known where the leader is asked; null elsewhere.</summary>
    public long? Lag { get; init; }
}
