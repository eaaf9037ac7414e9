using RaftKv.Storage.Disk;

namespace RaftKv.Storage.Wal;

/// <summary>Opens the files of a log: finds the segments needed, reads them, checks that they follow each other.</summary>
/// <remarks>
/// The order in which the writer moves to a new segment makes every crash recognisable: the next segment is prepared durably,
/// then this one is sealed durably, then the next one is written. So an unsealed segment is the last one in use, a file after it
/// was only prepared, and behind a sealed one there must be a sound file.
/// </remarks>
internal sealed class LogOpener
{
    private readonly IStorageDirectory _directory;
    private readonly WalOptions _options;
    private readonly SegmentFiles _files;
    private readonly SortedDictionary<long, SegmentCandidate> _candidates = [];
    private readonly LogReplay _replay = new();
    private long _unfinishedBytes;

    private LogOpener(IStorageDirectory directory, WalOptions options)
    {
        _directory = directory;
        _options = options;
        _files = new SegmentFiles(directory, options);
    }

    public static RecoveredLog Open(IStorageDirectory directory, WalOptions options)
    {
        LogOpener opener = new(directory, options);
        try
        {
            opener.FindFiles();
            return opener.IsNew() ? opener.CreateLog() : opener.OpenLog();
        }
        catch
        {
            foreach (SegmentCandidate candidate in opener._candidates.Values)
                candidate.File.Dispose();
            throw;
        }
    }

    private void FindFiles()
    {
        foreach (string name in _directory.List())
        {
            if (SegmentHeader.TryParseFileName(name, out long sequence))
                _candidates.Add(sequence, SegmentCandidate.Open(_directory, name, sequence));
        }
    }

    /// <summary>No file, or one whose preparation a crash interrupted before anything was written to it.</summary>
    private bool IsNew()
    {
        if (_candidates.Count == 0)
            return true;
        SegmentCandidate only = _candidates.Values.First();
        return _candidates.Count == 1 && only.Sequence == 1 && only.IsUnfinished;
    }

    private RecoveredLog CreateLog()
    {
        foreach (SegmentCandidate candidate in _candidates.Values)
        {
            _unfinishedBytes = candidate.File.Length;
            candidate.File.Dispose();
        }

        long identity = _options.Identity != 0 ? _options.Identity : SegmentFiles.DrawIdentity();
        Segment segment = _files.Prepare(identity, 1, 0);
        return new RecoveredLog
        {
            Identity = identity,
            Segments = [segment],
            Groups = [],
            Files = _files,
            End = SegmentHeader.AreaBytes,
            Chain = segment.Header.Seed,
            LeftoverEnd = SegmentHeader.AreaBytes,
            IsStarted = false,
            SealChecksum = 0,
            Report = new WalRecoveryReport { TornTail = UnfinishedCreation() },
        };
    }

    private WalTornTail? UnfinishedCreation() =>
        _candidates.Count == 0 ? null : new WalTornTail(SegmentHeader.FileName(1), 0, _unfinishedBytes);

    private RecoveredLog OpenLog()
    {
        (long oldest, long latest) = FindBounds();
        List<SegmentCandidate> needed = [];
        for (long sequence = oldest; sequence <= latest; sequence++)
            needed.Add(Require(sequence));
        bool isSealed = needed[^1].ReadRecords().IsSealed;
        if (isSealed)
            needed.Add(Require(latest + 1));

        CheckEach(needed);
        List<Segment> segments = [];
        foreach (SegmentCandidate candidate in needed)
        {
            Segment segment = new(candidate.Header, candidate.File);
            segments.Add(segment);
            _replay.Apply(segment, candidate.ReadRecords());
        }

        SetAside(oldest, needed[^1].Sequence);
        SegmentScan last = needed[^1].ReadRecords();
        return new RecoveredLog
        {
            Identity = segments[0].Header.Identity,
            Segments = segments,
            Groups = _replay.Groups,
            Files = _files,
            End = last.End,
            Chain = last.Chain,
            LeftoverEnd = last.IsTorn ? last.LeftoverEnd : last.End,
            IsStarted = last.IsStarted,
            SealChecksum = needed.Count > 1 ? needed[^2].ReadRecords().Chain : 0,
            Report = Report(needed),
        };
    }

    /// <summary>The oldest segment needed and the latest one with records.</summary>
    private (long Oldest, long Latest) FindBounds()
    {
        foreach (SegmentCandidate candidate in _candidates.Values.Reverse())
        {
            if (!candidate.IsSound || !candidate.ReadRecords().IsStarted)
                continue;
            ThrowIfDamaged(candidate);
            return (candidate.ReadRecords().Oldest, candidate.Sequence);
        }

        SegmentCandidate first = _candidates.Values.First();
        if (!first.IsSound)
            throw first.ToException();
        if (first.Sequence != 1)
            throw Missing(first.Sequence - 1);
        return (1, 1);
    }

    private SegmentCandidate Require(long sequence)
    {
        if (!_candidates.TryGetValue(sequence, out SegmentCandidate? candidate))
            throw Missing(sequence);
        return candidate.IsSound ? candidate : throw candidate.ToException();
    }

    private static StorageCorruptException Missing(long sequence) =>
        new(SegmentHeader.FileName(sequence), 0, "the segment is missing, although the log continues after it");

    private static void CheckEach(List<SegmentCandidate> needed)
    {
        for (int i = 0; i < needed.Count; i++)
        {
            SegmentCandidate candidate = needed[i];
            SegmentScan scan = candidate.ReadRecords();
            if (candidate.Header.Identity != needed[0].Header.Identity)
                throw new StorageCorruptException(candidate.File.Name, 0, "the segment belongs to another log");
            ThrowIfDamaged(candidate);
            if (i < needed.Count - 1 && !scan.IsSealed)
                throw new StorageCorruptException(candidate.File.Name, scan.End, "the segment breaks off, although a later one is in use");
            if (i > 0 && scan.IsStarted && scan.Records[0].Header.Tag != needed[i - 1].ReadRecords().Chain)
                throw new StorageCorruptException(candidate.File.Name, SegmentHeader.AreaBytes, "the segment does not follow the one before");
        }
    }

    private static void ThrowIfDamaged(SegmentCandidate candidate)
    {
        foreach (DamagedRange range in candidate.ReadRecords().Damage)
            throw new StorageCorruptException(candidate.File.Name, range.Offset, Describe(range));
    }

    private static string Describe(DamagedRange range) =>
        range.Known is { } known
            ? $"the payload of record {known.Type} of group {known.Group}, index {known.Index}, is damaged"
            : $"{range.EndOffset - range.Offset} bytes are not the records that were written here";

    /// <summary>Everything outside the segments needed is free: released ones, and one prepared but never used.</summary>
    private void SetAside(long oldest, long last)
    {
        foreach (SegmentCandidate candidate in _candidates.Values)
        {
            if (candidate.Sequence >= oldest && candidate.Sequence <= last)
                continue;
            candidate.File.Dispose();
            _files.AddSpare(SegmentHeader.FileName(candidate.Sequence));
        }
    }

    private static WalRecoveryReport Report(List<SegmentCandidate> needed)
    {
        SegmentCandidate last = needed[^1];
        SegmentScan scan = last.ReadRecords();
        long leftover = Math.Max(scan.LeftoverEnd - scan.End, RecordHeader.Bytes);
        return new WalRecoveryReport
        {
            Segments = needed.Count,
            Bytes = needed.Sum(candidate => candidate.ReadRecords().End),
            TornTail = scan.IsTorn ? new WalTornTail(last.File.Name, scan.End, leftover) : null,
        };
    }
}
