using RaftKv.Raft;
using RaftKv.Raft.Membership;
using RaftKv.Storage.Disk;
using RaftKv.Storage.Wal;

namespace RaftKv.Node.Persistence;

/// <summary>
/// Lets a directory pass into another cluster in which its member is the only one. The file that announces the new identity is the one
/// step that decides: before it the directory is the old member's, after it the new one's, and whoever opens the directory next does
/// what is left, which may be done twice.
/// </summary>
internal static class ForcedStart
{
    /// <summary>What a group of the directory comes to.</summary>
    public readonly record struct Finding(GroupId Group, EntryStore Store, RaftRestore Restored, string? Obstacle);

    /// <summary>Does what is left when a crash came after the decision; does nothing otherwise.</summary>
    /// <param name="root">The directory, locked.</param>
    public static void Finish(IStorageDirectory root)
    {
        if (IdentityFile.ReadNext(root) is not { } next)
            return;
        using (IStorageDirectory files = root.OpenDirectory(DataDirectory.LogName))
        using (WriteAheadLog log = WriteAheadLog.Open(files, new WalOptions { KeepWhatFollowsDamage = true }))
            Take(root, log, next.NodeId, [.. Look(log, next.NodeId, machineApplied: null)]);
    }

    /// <summary>Announces the new identity and lets the directory pass.</summary>
    public static void Begin(IStorageDirectory root, WriteAheadLog log, NodeIdentity next, IReadOnlyList<Finding> groups)
    {
        IdentityFile.Announce(root, next);
        Take(root, log, next.NodeId, groups);
    }

    /// <summary>Looks at every group in a log.</summary>
    /// <param name="log">The log.</param>
    /// <param name="self">The member.</param>
    /// <param name="machineApplied">Tells how far a group's machine has applied; null when that was asked before.</param>
    /// <exception cref="RaftKvException">A group's log is damaged, or does not fit its machine.</exception>
    public static IEnumerable<Finding> Look(WriteAheadLog log, NodeId self, Func<GroupId, LogPosition>? machineApplied)
    {
        foreach (long number in log.Groups)
        {
            GroupId group = new(number);
            if (number >= GroupNumbers.ReservedFrom || log.State(number).IsEmpty)
                continue;
            EntryStore store = new(log, group, Configuration.Empty);
            if (!store.Repair.Damage.IsNone)
                throw StopReasons.Irreparable(store.Repair.Damage);
            if (Obstacle(store, self) is { } early)
            {
                yield return new Finding(group, store, new RaftRestore { Configuration = store.Configuration }, early);
                continue;
            }
            bool isInstalling = store.Replacement.IsUnderWay;
            if (isInstalling && machineApplied is null)
            {
                throw new RaftKvException(
                    $"Group {group} was taking over another member's state when it stopped; tell how far its machine has applied.",
                    WriteOutcome.NotApplied) { Error = RaftKvError.InvalidOptions };
            }
            RaftRestore restored = store.Restore(self, machineApplied?.Invoke(group) ?? store.Base);
            if (isInstalling)
                store.NewStart.Settle(restored);
            Configuration present = restored.ConfigurationAt(restored.Last);
            yield return new Finding(group, store, restored, Obstacle(present, self));
        }
    }

    private static void Take(IStorageDirectory root, WriteAheadLog log, NodeId self, IReadOnlyList<Finding> groups)
    {
        WalBatch batch = new();
        foreach (Finding found in groups)
        {
            if (found.Obstacle is null)
                found.Store.NewStart.StageSoleMember(self, found.Restored, batch);
        }
        log.Append(batch);
        IdentityFile.TakeNext(root);
    }

    // A witness is looked at no further: it has no machine to ask.
    private static string? Obstacle(EntryStore store, NodeId self) =>
        store.Configuration.IsWitness(self) ? Obstacle(store.Configuration, self) : null;

    private static string? Obstacle(Configuration present, NodeId self)
    {
        if (present.IsWitness(self))
            return "is a witness and keeps no data";
        return present.IsMember(self) ? null : "is no member";
    }
}
