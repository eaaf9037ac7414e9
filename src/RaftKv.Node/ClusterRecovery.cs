using System.Net;
using RaftKv.Node.Persistence;
using RaftKv.Node.Workers;
using RaftKv.Raft;
using RaftKv.Storage.Disk;
using RaftKv.Storage.Wal;

namespace RaftKv.Node;

/// <summary>
/// What is done to directories of members that do not run, when a cluster has lost more than it survives. Each call holds the
/// directory's lock, and leaves it as it was or as it is to be, whenever the process ends.
/// </summary>
public static class ClusterRecovery
{
    /// <summary>
    /// Makes one survivor a cluster of its own, under a new name: for when the majority of the members is gone for good. The data stays,
    /// the member keeps its number, its address and its disk identity, and it is the only voter in a later term.
    /// </summary>
    /// <param name="dataDirectory">The member's directory.</param>
    /// <param name="newClusterId">
    /// The new cluster's name, another one than before. It is what keeps the old members out: neither side takes connections of
    /// another cluster. Start the member with it, and never give it to a member of the old cluster.
    /// </param>
    /// <param name="machineApplied">
    /// Tells how far a group's machine has applied, given the machine's directory, so that it is known to fit the log. Null asks nobody,
    /// which is refused only when the member stopped while it was taking over another member's state.
    /// </param>
    /// <remarks>
    /// All of the log counts: the entries that this member did not know to be committed too. A write that was acknowledged may be among
    /// them, for a follower learns late what is committed; so may a write that was not. Writes that this member never received are
    /// lost, acknowledged or not. etcd's <c>--force-new-cluster</c> drops those entries instead.
    /// <para>
    /// Force one member and let the others join it anew with empty directories: two members that are both forced are two clusters. A
    /// call that was interrupted may be repeated with the same name.
    /// </para>
    /// </remarks>
    /// <returns>What was found and what it has become.</returns>
    /// <exception cref="RaftKvException">
    /// Nothing was changed. <see cref="RaftKvError.DirectoryLocked"/>: the member runs. <see cref="RaftKvError.InvalidOptions"/>: the name is
    /// none, or the old one. <see cref="RaftKvError.WrongDirectory"/>: it is no member's directory, or the member keeps no data.
    /// <see cref="RaftKvError.Storage"/>: it is damaged; the message says where.
    /// </exception>
    public static ForcedCluster ForceNewCluster(
        string dataDirectory, string newClusterId, Func<GroupId, IStorageDirectory, LogPosition>? machineApplied = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(dataDirectory);
        // Opening would make it.
        if (!Directory.Exists(dataDirectory))
            throw NoMember(dataDirectory);
        return Opening.Guard(() => ForceNewCluster(OsDirectory.Open(dataDirectory), owns: true, newClusterId, machineApplied));
    }

    /// <summary>The same for a directory given as an object, which the caller keeps.</summary>
    /// <inheritdoc cref="ForceNewCluster(string, string, Func{GroupId, IStorageDirectory, LogPosition}?)"/>
    public static ForcedCluster ForceNewCluster(
        IStorageDirectory storage, string newClusterId, Func<GroupId, IStorageDirectory, LogPosition>? machineApplied = null)
    {
        ArgumentNullException.ThrowIfNull(storage);
        return Opening.Guard(() => ForceNewCluster(storage, owns: false, newClusterId, machineApplied));
    }

    /// <summary>
    /// Makes the directory of one member of a new cluster that begins with a state, as with a backup's. Every member of the new cluster is
    /// made so, from the same state and with the same <see cref="RaftNodeOptions.Members"/>; then they are started with the same options.
    /// For a cluster of one group, number 0, such as <see cref="RaftNode"/> has.
    /// </summary>
    /// <param name="options">
    /// Whose directory it is: number, cluster, members and place count. The cluster's name must be a new one where members of the old cluster
    /// may still run.
    /// </param>
    /// <param name="placeState">
    /// Puts the files of the machine into the directory given, durably, and tells the last command that they include. It must tell the
    /// same for all members.
    /// </param>
    /// <remarks>A call that was interrupted may be repeated; a member can be started only after one that returned.</remarks>
    /// <exception cref="RaftKvException">
    /// <see cref="RaftKvError.WrongDirectory"/>: the directory is not empty; it was left alone. <see cref="RaftKvError.DirectoryLocked"/>: a
    /// member runs in it. <see cref="RaftKvError.InvalidOptions"/>, <see cref="RaftKvError.Storage"/>: as the message says.
    /// </exception>
    public static void Found(RaftNodeOptions options, Func<IStorageDirectory, LogPosition> placeState)
    {
        ArgumentNullException.ThrowIfNull(placeState);
        Found(options, [new FoundedGroup(default, [], placeState)]);
    }

    /// <summary>
    /// The same for a host of many groups: each begins with a state of its own, on every host that is to carry it. Groups that are not named
    /// begin empty when they are started.
    /// </summary>
    /// <param name="options">
    /// Whose directory it is: number, cluster, members and place count. The cluster's name must be a new one where members of the old cluster
    /// may still run.
    /// </param>
    /// <param name="groups">The groups that this host carries from the beginning, each once; at least one.</param>
    /// <remarks>A call that was interrupted may be repeated; the host can be opened only after one that returned.</remarks>
    /// <exception cref="RaftKvException">
    /// <see cref="RaftKvError.WrongDirectory"/>: the directory is not empty; it was left alone. <see cref="RaftKvError.DirectoryLocked"/>: a
    /// member runs in it. <see cref="RaftKvError.InvalidOptions"/>, <see cref="RaftKvError.Storage"/>: as the message says.
    /// </exception>
    public static void Found(RaftNodeOptions options, IReadOnlyCollection<FoundedGroup> groups)
    {
        OptionsCheck.Require(options);
        ArgumentNullException.ThrowIfNull(groups);
        if (groups.Count == 0)
            throw Wrong("A cluster that begins with a state has at least one group.");
        if (groups.CountBy(group => group.Group).FirstOrDefault(count => count.Value > 1) is { Value: > 1 } twice)
            throw Wrong($"Group {twice.Key} is named {twice.Value} times.");
        if (options.FoundsNothing)
            throw Wrong("A member that joins a cluster gets its state from there; it founds none.");
        Opening.Guard(() =>
        {
            IStorageDirectory root = options.Storage ?? OsDirectory.Open(options.DataDirectory!);
            using DataDirectory directory = DataDirectory.Take(root, owns: options.Storage is null);
            FoundedDirectory.Make(directory, options, groups);
            return directory;
        });
    }

    private static ForcedCluster ForceNewCluster(
        IStorageDirectory root, bool owns, string newClusterId, Func<GroupId, IStorageDirectory, LogPosition>? machineApplied)
    {
        using DataDirectory directory = DataDirectory.Take(root, owns);
        if (!OptionsCheck.IsClusterId(newClusterId))
            throw Wrong("The new cluster's name must be 1 to 64 printable ASCII characters without spaces.");
        NodeIdentity announced = IdentityFile.ReadNext(root) ?? IdentityFile.Read(root) ?? throw NoMember(root.Path);
        if (IdentityFile.ReadNext(root) is not null && announced.ClusterId == newClusterId)
        {
            string old = IdentityFile.Read(root)?.ClusterId ?? newClusterId;
            ForcedStart.Finish(root);
            return Report(old, announced, []);
        }
        ForcedStart.Finish(root);
        NodeIdentity present = IdentityFile.Read(root)!;
        if (present.ClusterId == newClusterId)
            throw Wrong($"The directory {root.Path} belongs to cluster {newClusterId} already; the new cluster needs another name.");
        // What was damaged and mended since is no obstacle.
        using WriteAheadLog log = WriteAheadLog.Open(directory.OpenLog(), new WalOptions { KeepWhatFollowsDamage = true });
        List<ForcedStart.Finding> groups = [.. ForcedStart.Look(log, present.NodeId, Asking(directory, machineApplied))];
        if (groups.TrueForAll(found => found.Obstacle is not null))
        {
            string reason = groups.Count == 0 ? "has never run" : groups[0].Obstacle!;
            throw new RaftKvException(
                $"Member {present.NodeId} in {root.Path} cannot go on alone: it {reason}.", WriteOutcome.NotApplied)
            { Error = RaftKvError.WrongDirectory };
        }
        NodeIdentity next = present with { ClusterId = newClusterId };
        ForcedStart.Begin(root, log, next, groups);
        return Report(present.ClusterId, next, groups);
    }

    private static Func<GroupId, LogPosition>? Asking(
        DataDirectory directory, Func<GroupId, IStorageDirectory, LogPosition>? machineApplied) => machineApplied is null
        ? null
        : group =>
        {
            using IStorageDirectory files = directory.OpenStore(group);
            return machineApplied(group, files);
        };

    private static ForcedCluster Report(string old, NodeIdentity next, IReadOnlyList<ForcedStart.Finding> groups) => new()
    {
        OldClusterId = old,
        NewClusterId = next.ClusterId,
        NodeId = next.NodeId,
        Groups = [.. groups.Where(found => found.Obstacle is null)
            .Select(found => new ForcedGroup(found.Group, found.Restored.Last, found.Restored.HardState.Commit))],
        GroupsLeft = [.. groups.Where(found => found.Obstacle is not null).Select(found => found.Group)],
    };

    private static RaftKvException NoMember(string path) =>
        new($"The directory {path} is no member's.", WriteOutcome.NotApplied) { Error = RaftKvError.WrongDirectory };

    private static RaftKvException Wrong(string message) =>
        new(message, WriteOutcome.NotApplied) { Error = RaftKvError.InvalidOptions };
}
