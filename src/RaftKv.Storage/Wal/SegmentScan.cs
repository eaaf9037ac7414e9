namespace RaftKv.Storage.Wal;

/// <summary>One sound record. The payload is kept only where opening needs it (states).</summary>
internal readonly record struct ScannedRecord(long Offset, RecordHeader Header, byte[]? Payload);

/// <summary>Bytes that should hold records and do not.</summary>
/// <param name="Offset">The first byte.</param>
/// <param name="EndOffset">The first byte after them that holds a sound record, or the end of the file.</param>
/// <param name="Known">The record there, when its header is sound and only its payload is not.</param>
/// <param name="RecordsBefore">How many sound records the segment has before it.</param>
internal readonly record struct DamagedRange(long Offset, long EndOffset, RecordHeader? Known, int RecordsBefore);

/// <summary>What is in one segment file.</summary>
internal sealed class SegmentScan
{
    /// <summary>The records of whole batches, in order.</summary>
    public required List<ScannedRecord> Records { get; init; }

    /// <summary>Damage with acknowledged records after it, in order.</summary>
    public required List<DamagedRange> Damage { get; init; }

    /// <summary>Where the next record goes.</summary>
    public required long End { get; init; }

    /// <summary>The header checksum of the last record, damaged or not; the seed when there is none.</summary>
    public required uint Chain { get; init; }

    /// <summary>Where the last bytes end that may be taken for records of an unfinished write.</summary>
    public required long LeftoverEnd { get; init; }

    /// <summary>Whether a write was cut short after <see cref="End"/>.</summary>
    public required bool IsTorn { get; init; }

    /// <summary>
    /// Whether the device cannot read the place at <see cref="End"/>, or the one behind it where the last batch breaks off, so that a durable
    /// record may be there.
    /// </summary>
    public required bool EndsUnread { get; init; }

    /// <summary>Whether a write was made to the segment, be it that nothing is left of it.</summary>
    public bool IsStarted => Records.Count > 0 || Damage.Count > 0;

    /// <summary>Whether the segment tells of all groups, so that one it does not name had nothing before.</summary>
    public bool HasSoundStart
    {
        get
        {
            int ends = Records.FindIndex(record => record.Header.EndsBatch);
            return ends >= 0 && Records[0].Header.Type == RecordType.SegmentStart && Damage.TrueForAll(range => range.RecordsBefore > ends);
        }
    }

    public bool IsSealed => Records.Count > 0 && Records[^1].Header.Type == RecordType.Seal;

    /// <summary>The oldest segment needed, as the latest record that speaks of it says; 0 when none does.</summary>
    public long Oldest
    {
        get
        {
            for (int i = Records.Count - 1; i >= 0; i--)
            {
                if (Records[i].Header.Type is RecordType.Oldest or RecordType.SegmentStart)
                    return Records[i].Header.Index;
            }

            return 0;
        }
    }
}
