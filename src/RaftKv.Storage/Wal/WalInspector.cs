using RaftKv.Storage.Disk;

namespace RaftKv.Storage.Wal;

/// <summary>Looks at the files of a log that nobody has open, and changes nothing.</summary>
public static class WalInspector
{
    /// <summary>Reads every byte of a log and says what it holds and what is wrong with it.</summary>
    /// <param name="directory">The log's directory; best locked by the caller meanwhile.</param>
    /// <param name="progress">Called before each segment; null for none.</param>
    /// <exception cref="StorageCorruptException">The damage is such that where the log ends cannot be told.</exception>
    /// <exception cref="WalFormatException">A file belongs to another log or a later version.</exception>
    public static WalVerification Verify(IStorageDirectory directory, Action<WalProgress>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(directory);
        using LogExaminer examiner = new(directory, readsBeside: false);
        if (examiner.IsNew)
            return new WalVerification([], [], null, []);
        examiner.Read(progress);
        List<WalSegmentInfo> segments = [];
        for (int i = 0; i < examiner.Segments.Count; i++)
        {
            SegmentHeader header = examiner.Segments[i].Header;
            SegmentScan scan = examiner.Scans[i];
            segments.Add(new WalSegmentInfo(
                examiner.Segments[i].Name, header.Sequence, header.FileBytes, scan.End, scan.Records.Count, scan.IsSealed));
        }

        WalGroupInfo[] groups =
            [.. examiner.Groups.Values.Select(group => new WalGroupInfo(group.Group, group.First, group.Last, group.State.Length))];
        return new WalVerification(segments, groups, examiner.TornTail, examiner.Damage);
    }

    /// <summary>The sound records of one segment, in order.</summary>
    /// <param name="directory">The log's directory.</param>
    /// <param name="file">The segment's file name.</param>
    /// <exception cref="StorageCorruptException">The file is not a sound segment.</exception>
    public static IReadOnlyList<WalRecordInfo> Records(IStorageDirectory directory, string file)
    {
        ArgumentNullException.ThrowIfNull(directory);
        if (!SegmentHeader.TryParseFileName(file, out long sequence))
            throw new ArgumentException($"'{file}' is not the name of a segment.", nameof(file));
        SegmentCandidate candidate = SegmentCandidate.Open(directory, file, sequence);
        using IStorageFile opened = candidate.File;
        if (candidate.Flaw is { } flaw)
            throw new StorageCorruptException(flaw.File, flaw.Offset, flaw.What);
        return [.. candidate.ReadRecords().Records.Select(Describe)];
    }

    private static WalRecordInfo Describe(ScannedRecord record)
    {
        RecordHeader header = record.Header;
        return new WalRecordInfo(
            record.Offset, header.Type.ToString(), header.Group, header.Index, header.Tag, header.Kind, header.Length, header.RawLength);
    }
}
