using RaftKv.Raft;

namespace RaftKv.Node;

/// <summary>What <see cref="ClusterRecovery.ForceNewCluster(string, string, Func{GroupId, Storage.Disk.IStorageDirectory, LogPosition}?)"/>
/// has made of a member's directory.</summary>
public sealed class ForcedCluster
{
    /// <summary>The cluster that the directory belonged to.</summary>
    public required string OldClusterId { get; init; }

    /// <summary>The cluster that it belongs to now.</summary>
    public required string NewClusterId { get; init; }

    /// <summary>The member, under its old number.</summary>
    public required NodeId NodeId { get; init; }

    /// <summary>The groups that the member now carries alone, ascending; empty when an interrupted call before had done it all.</summary>
    public required IReadOnlyList<ForcedGroup> Groups { get; init; }

    /// <summary>Groups of the directory that cannot go on here, ascending: the member belongs to none of them, or as a witness.</summary>
    public required IReadOnlyList<GroupId> GroupsLeft { get; init; }
}
