using RaftKv.Raft;
using RaftKv.Storage.Disk;

namespace RaftKv.Node;

/// <summary>
/// A group that begins with a state which exists already, such as a backup's:
/// <see cref="ClusterRecovery.Found(RaftNodeOptions, IReadOnlyCollection{FoundedGroup})"/>.
/// </summary>
/// <param name="Group">Its number.</param>
/// <param name="Members">Its members, this host among them. Empty: all hosts.</param>
/// <param name="PlaceState">
/// Puts the files of its machine into the directory given, durably, and tells the last command that they include. It must tell the same for
/// all members of the group.
/// </param>
public sealed record FoundedGroup(
    GroupId Group, IReadOnlyCollection<NodeId> Members, Func<IStorageDirectory, LogPosition> PlaceState);
