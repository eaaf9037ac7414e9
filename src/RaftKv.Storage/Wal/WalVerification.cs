namespace RaftKv.Storage.Wal;

/// <summary>What a log holds and what is wrong with it.</summary>
/// <param name="Segments">The segments needed that can be read, in order.</param>
/// <param name="Groups">The groups, in ascending order.</param>
/// <param name="TornTail">A write that a crash interrupted; opening cuts it off. Not damage.</param>
/// <param name="Damage">What is damaged or missing, in the order of the log.</param>
public sealed record WalVerification(
    IReadOnlyList<WalSegmentInfo> Segments, IReadOnlyList<WalGroupInfo> Groups, WalTornTail? TornTail, IReadOnlyList<WalDamage> Damage)
{
    /// <summary>Whether everything that was durable is there.</summary>
    public bool IsSound => Damage.Count == 0;
}

/// <summary>One segment.</summary>
/// <param name="File">The file.</param>
/// <param name="Sequence">Its place among the segments.</param>
/// <param name="FileBytes">The length reserved.</param>
/// <param name="UsedBytes">Where its records end.</param>
/// <param name="Records">Sound records.</param>
/// <param name="IsSealed">Whether the log goes on in the next segment.</param>
public sealed record WalSegmentInfo(string File, long Sequence, long FileBytes, long UsedBytes, int Records, bool IsSealed);

/// <summary>One group.</summary>
/// <param name="Group">Its number.</param>
/// <param name="FirstIndex">The first entry.</param>
/// <param name="LastIndex">The last entry; one less than the first when there is none.</param>
/// <param name="StateBytes">Length of its state blob.</param>
public sealed record WalGroupInfo(long Group, long FirstIndex, long LastIndex, int StateBytes);

/// <summary>One record, as docs/format.md describes it.</summary>
/// <param name="Offset">Where it begins in its file.</param>
/// <param name="Type">The name of its type.</param>
/// <param name="Group">The group.</param>
/// <param name="Index">The index; its meaning depends on the type.</param>
/// <param name="Tag">The tag; its meaning depends on the type.</param>
/// <param name="Kind">The caller's byte.</param>
/// <param name="StoredBytes">Payload bytes as stored.</param>
/// <param name="RawBytes">Payload bytes before compression.</param>
public sealed record WalRecordInfo(long Offset, string Type, long Group, long Index, long Tag, byte Kind, int StoredBytes, int RawBytes);

/// <summary>How far a look at a log has come.</summary>
/// <param name="File">The segment that is read next.</param>
/// <param name="SegmentsDone">Segments read.</param>
/// <param name="Segments">Segments in all.</param>
public readonly record struct WalProgress(string File, int SegmentsDone, int Segments);
