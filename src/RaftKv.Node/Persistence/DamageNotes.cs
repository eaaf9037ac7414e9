using System.Buffers.Binary;
using RaftKv.Raft;
using RaftKv.Raft.Membership;
using RaftKv.Storage.Wal;

namespace RaftKv.Node.Persistence;

/// <summary>
/// Writes down what damage leaves in doubt as soon as the log is opened: what is written after it would make the doubt unseen at the
/// next start.
/// </summary>
internal static class DamageNotes
{
    // Its state is a number, 8 bytes, and 1 byte that is 1 when everything before it was set aside.
    private const long NoteGroup = long.MaxValue;
    private const int NoteBytes = 9;

    /// <summary>Notes in the log which of its groups are doubtful, and that one may be lost whole.</summary>
    /// <param name="log">The log, just opened.</param>
    /// <param name="number">A number drawn for this opening.</param>
    /// <param name="hasSetAside">Whether files of the log were set aside and are still there.</param>
    /// <exception cref="Storage.StorageException">The log cannot be written.</exception>
    public static void Write(WriteAheadLog log, long number, bool hasSetAside)
    {
        bool isAnew = log.Groups.Count == 0;
        WalBatch batch = new();
        foreach (long group in log.Recovery.DoubtfulGroups.Where(group => group != NoteGroup))
        {
            ReadOnlyMemory<byte> stored = log.State(group);
            NodeState? state = stored.IsEmpty
                ? new NodeState(default, LogPosition.Zero, Configuration.Empty)
                : NodeState.Decode(stored.Span);
            if (state is { IsDoubtful: false })
                batch.SetState(group, (state with { IsDoubtful = true }).Encode());
        }
        bool isLost = hasSetAside && (isAnew || IsLost(log));
        if (log.Recovery.MayLackGroups || isLost != IsLost(log))
        {
            Span<byte> note = stackalloc byte[NoteBytes];
            BinaryPrimitives.WriteInt64LittleEndian(note, number);
            note[^1] = isLost ? (byte)1 : (byte)0;
            batch.SetState(NoteGroup, note);
        }
        log.Append(batch);
    }

    /// <summary>Whether a log before this one was set aside, so that a group of which nothing is here may have been in it.</summary>
    internal static bool IsLost(WriteAheadLog log) => log.State(NoteGroup) is { Length: NoteBytes } note && note.Span[^1] == 1;

    /// <summary>The epoch of a group of which the log has nothing: another one after each damage that may have taken a whole group.</summary>
    internal static long FreshEpoch(WriteAheadLog log)
    {
        ReadOnlyMemory<byte> note = log.State(NoteGroup);
        return note.IsEmpty ? 0 : BinaryPrimitives.ReadInt64LittleEndian(note.Span);
    }
}
