using RaftKv.Node.Persistence;
using RaftKv.Raft;
using RaftKv.Storage;

namespace RaftKv.Node;

/// <summary>Why a node ends, in the words callers see.</summary>
internal static class StopReasons
{
    public static RaftKvException Stopped() =>
        new("The node was stopped.", WriteOutcome.NotApplied) { Error = RaftKvError.Stopped };

    public static RaftKvException Stopping() =>
        new("The node is stopping.", WriteOutcome.NotApplied) { Error = RaftKvError.Stopped };

    public static RaftKvException Removed(NodeId node) =>
        new($"Member {node} was removed from the cluster.", WriteOutcome.NotApplied) { Error = RaftKvError.Removed };

    /// <summary>
    /// A leader names no more than a member has acknowledged to it, so a member that lacks it lost what it had promised to keep; that its
    /// disk was made anew would show by its identity.
    /// </summary>
    public static RaftKvException OlderCopy(NodeId node) => new(
        $"The disk of member {node} holds less than the member acknowledged: an older copy was put in its place, or it lost writes that it "
        + "had flushed. Start it again: it then keeps silent until the group admits it anew, like one that lost its disk.",
        WriteOutcome.NotApplied) { Error = RaftKvError.Storage };

    /// <summary>What the group writes could be neither read nor written by this build.</summary>
    public static RaftKvException FormatNotSpoken(NodeId node, LogFormat format, LogFormatRange spoken)
    {
        string remedy = format.IsAtLeast(spoken.Min)
            ? $"Install a build that speaks {format} and start the member again"
            : $"Install the build before, which speaks {format} and something newer, on all members, and this one once that is active";
        return new RaftKvException(
            $"The group writes log format {format}, but this build of member {node} speaks {spoken}. {remedy}; nothing in its directory has "
            + "to be changed.",
            WriteOutcome.NotApplied) { Error = RaftKvError.FormatNotSpoken };
    }

    /// <summary>What is missing was never another member's, or too many members lost too much at once.</summary>
    public static RaftKvException Irreparable(GroupDamage damage) => new(
        $"The log is damaged and lacks {damage.Places}. No other member can put that right, or too few are whole. Nothing was deleted: "
        + "bring back a whole copy of the file, start the members that are whole, or restore the cluster from a backup.",
        WriteOutcome.NotApplied) { Error = RaftKvError.Storage };

    public static RaftKvException Repairing() => new(
        "The member's log is damaged and is being mended with the help of the others; ask one of those meanwhile.",
        WriteOutcome.NotApplied) { Error = RaftKvError.Repairing };

    public static RaftKvException Rebuilding() => new(
        "The member's state is not to be trusted and is being rebuilt from another member's; ask one of the others meanwhile.",
        WriteOutcome.NotApplied) { Error = RaftKvError.Repairing };

    /// <summary>To rebuild it for ever would hide what is wrong.</summary>
    /// <param name="node">The member.</param>
    /// <param name="position">The entry as of which it was compared.</param>
    /// <param name="slice">The slice, in words.</param>
    /// <param name="isUnreadable">Whether its state could not be read.</param>
    /// <param name="rebuilds">How often it was rebuilt.</param>
    public static RaftKvException DivergesAgain(NodeId node, LogPosition position, string slice, bool isUnreadable, int rebuilds) => new(
        $"The state of member {node} differs from that of the majority as of entry {position}, in the slice that begins {slice}, and was rebuilt "
        + $"{rebuilds} times already since all of it was last found sound. Either its machine does not do the same on all members, or the "
        + "processor, memory or disk of this one is broken. Look at the machine and the hardware, and start the member again: it is then "
        + "rebuilt once more.",
        WriteOutcome.NotApplied) { Error = isUnreadable ? RaftKvError.Storage : RaftKvError.Faulted };

    /// <summary>Only a machine whose state travels can be rebuilt.</summary>
    public static RaftKvException CannotRebuild(NodeId node) => new(
        $"The state of member {node} differs from that of the majority, and its machine takes no state from other members. Start the member "
        + "again with an empty machine, which the log rebuilds if it reaches back to the beginning; else remove the member and add it anew.",
        WriteOutcome.NotApplied) { Error = RaftKvError.Storage };

    public static RaftKvException NobodyToRebuildFrom(NodeId node) => new(
        $"The state of member {node} was found to differ from that of the majority, and no other member that keeps state is left to rebuild it "
        + "from. Bring one back, or restore the cluster from a backup.",
        WriteOutcome.NotApplied) { Error = RaftKvError.Storage };

    /// <summary>Names what a worker met. Storage failures keep their own sentence, which names the file.</summary>
    public static RaftKvException From(Exception met) => met switch
    {
        RaftKvException named => named,
        StorageException storage => new RaftKvException(
            $"The node faulted, for its storage failed: {storage.Message}", WriteOutcome.NotApplied, null, storage)
        { Error = RaftKvError.Storage },
        _ => new RaftKvException($"The node faulted: {met.Message}", WriteOutcome.NotApplied, null, met) { Error = RaftKvError.Faulted },
    };
}
