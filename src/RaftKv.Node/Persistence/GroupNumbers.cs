using RaftKv.Raft;
using RaftKv.Raft.Membership;
using RaftKv.Storage.Wal;

namespace RaftKv.Node.Persistence;

/// <summary>
/// The numbers under which a log holds groups: a group's own, until its log was given up there; from then on one that the log keeps for
/// itself, to which the group's own leads (<see cref="NodeState.MovedTo"/>).
/// </summary>
internal static class GroupNumbers
{
    /// <summary>The first number that the log keeps for itself; groups have smaller ones.</summary>
    public const long ReservedFrom = 1L << 62;

    /// <summary>A number under which the log holds nothing yet.</summary>
    public static long Free(WriteAheadLog log)
    {
        IReadOnlyList<long> taken = log.Groups;
        long number = ReservedFrom;
        while (taken.Contains(number))
            number++;
        return number;
    }

    /// <summary>The groups of which a log holds more than that they were forgotten, ascending.</summary>
    public static IReadOnlyList<GroupId> Stored(WriteAheadLog log) =>
    [
        .. log.Groups.Where(number => number < ReservedFrom && !log.State(number).IsEmpty && !IsForgotten(log, number))
            .Select(number => new GroupId(number)),
    ];

    /// <summary>Forgets a group that does not run: the log gives back what it holds of it, and keeps that it was here.</summary>
    /// <param name="log">The log.</param>
    /// <param name="group">The group; one of which the log holds nothing stays so.</param>
    /// <param name="epoch">
    /// A number drawn for it, not 0: should the group run here again, it states another disk identity and counts for nothing until the
    /// others have admitted it. What it voted for is kept.
    /// </param>
    /// <exception cref="Storage.StorageException">The log cannot be written.</exception>
    public static void Forget(WriteAheadLog log, GroupId group, long epoch)
    {
        if (!log.State(group.Value).IsEmpty && !IsForgotten(log, group.Value))
            new EntryStore(log, group, Configuration.Empty).Repair.BeginAnew(epoch, LogPosition.Zero);
    }

    /// <summary>
    /// Gives back entries under numbers that no group has any more: a crash may have come between the note of that and the release.
    /// </summary>
    public static void ReleaseAbandoned(WriteAheadLog log)
    {
        // What is not known for certain to be of no use stays.
        if (log.Recovery.Damage.Count > 0)
            return;
        HashSet<long> used = [];
        foreach (long number in log.Groups.Where(number => number < ReservedFrom))
        {
            ReadOnlyMemory<byte> stored = log.State(number);
            NodeState? state = NodeState.Decode(stored.Span);
            if (!stored.IsEmpty && state is not { IsDoubtful: false })
                return;
            used.Add(state is { MovedTo: not 0 } ? state.MovedTo : number);
        }
        foreach (long number in log.Groups.Where(number => !used.Contains(number) && log.LastIndex(number) >= log.FirstIndex(number)))
            log.Release(number, log.LastIndex(number));
    }

    private static bool IsForgotten(WriteAheadLog log, long number) =>
        NodeState.Decode(log.State(number).Span) is { MovedTo: not 0 } moved
        && NodeState.Decode(log.State(moved.MovedTo).Span) is { Base.Index.Value: 0, IsDoubtful: false } state
        && state.Configuration.Members() is []
        && log.LastIndex(moved.MovedTo) < log.FirstIndex(moved.MovedTo);
}
