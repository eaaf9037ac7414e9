using RaftKv.Storage.Disk;

namespace RaftKv.Storage.Wal;

/// <summary>Reads all files of a log, changes nothing, and says what they hold.</summary>
/// <remarks>
/// The order in which the writer moves to a new segment makes every crash recognisable: the next segment is prepared durably,
/// then this one is sealed durably, then the next one is written. So an unsealed segment is the last one in use, a file after it
/// was only prepared, and behind a sealed one there must be a sound file.
/// </remarks>
internal sealed class LogExaminer : IDisposable
{
    private readonly SortedDictionary<long, SegmentCandidate> _candidates = [];
    private readonly LogReplay _replay = new();
    private readonly bool _readsBeside;

    /// <summary>Opens the files of a log.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="readsBeside">Whether two segments are read at a time, one of them by a thread of its own.</param>
    public LogExaminer(IStorageDirectory directory, bool readsBeside)
    {
        _readsBeside = readsBeside;
        try
        {
            foreach (string name in directory.List())
            {
                if (SegmentHeader.TryParseFileName(name, out long sequence))
                    _candidates.Add(sequence, SegmentCandidate.Open(directory, name, sequence));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public IEnumerable<SegmentCandidate> Candidates => _candidates.Values;

    /// <summary>No file, or one whose preparation a crash interrupted before anything was written to it.</summary>
    public bool IsNew => _candidates.Count == 0
        || (_candidates.Count == 1 && _candidates.TryGetValue(1, out SegmentCandidate? only) && only.IsUnfinished);

    /// <summary>The segments that are needed and can be read, in order; the last one takes the next records.</summary>
    public List<Segment> Segments { get; } = [];

    /// <summary>What <see cref="Segments"/> hold, one for each.</summary>
    public List<SegmentScan> Scans { get; } = [];

    /// <summary>The oldest segment needed.</summary>
    public long Oldest { get; private set; }

    public SortedDictionary<long, GroupLog> Groups => _replay.Groups;

    public List<WalDamage> Damage => _replay.Damage.ToList();

    public List<long> DoubtfulGroups => _replay.Doubtful;

    public WalTornTail? TornTail =>
        Scans.Count > 0 && Scans[^1].IsTorn
            ? new WalTornTail(Segments[^1].Name, Scans[^1].End, Math.Max(Scans[^1].LeftoverEnd - Scans[^1].End, RecordHeader.Bytes))
            : null;

    /// <summary>The header checksum of the last record before the last segment; 0 when that is the first.</summary>
    public uint SealChecksum => Scans.Count > 1 ? Scans[^2].Chain : 0;

    public void Dispose()
    {
        foreach (SegmentCandidate candidate in _candidates.Values)
            candidate.Dispose();
    }

    /// <summary>Reads the segments needed and replays them.</summary>
    /// <param name="progress">Called before each segment with its file name, the ones done and the ones in all.</param>
    /// <exception cref="StorageCorruptException">Where the log ends cannot be told.</exception>
    /// <exception cref="WalFormatException">A file belongs to another log or has a later format.</exception>
    public void Read(Action<WalProgress>? progress)
    {
        CheckFormat();
        (Oldest, long latest) = FindBounds();
        _replay.Oldest = Oldest;
        for (long sequence = Oldest; sequence <= latest; sequence++)
        {
            progress?.Invoke(new WalProgress(SegmentHeader.FileName(sequence), (int)(sequence - Oldest), (int)(latest - Oldest + 1)));
            if (sequence < latest)
                BeginToRead(sequence + 1);
            ReadSegment(sequence, isLast: sequence == latest);
        }

        if (Scans[^1].IsSealed)
            ReadSuccessor(latest + 1);
        if (Scans[^1].EndsUnread)
            throw new StorageCorruptException(Segments[^1].Name, Scans[^1].End, "the device cannot read the place where the log ends");
    }

    private void ReadSegment(long sequence, bool isLast)
    {
        string name = SegmentHeader.FileName(sequence);
        if (!_candidates.TryGetValue(sequence, out SegmentCandidate? candidate))
        {
            const string what = "the segment is missing, although the log continues after it";
            _replay.Damage.Add(WalDamageKind.MissingSegment, name, 0, 0, what, lossIsKnown: false);
            return;
        }

        if (candidate.Flaw is { } flaw)
        {
            _replay.Damage.Add(flaw.Kind, name, flaw.Offset, flaw.Bytes, flaw.What, lossIsKnown: false);
            return;
        }

        Segment segment = new(candidate.Header, candidate.File);
        SegmentScan scan = candidate.ReadRecords();
        if (BreaksTheChain(sequence, scan))
        {
            const string what = "the segment does not follow the one before";
            _replay.Damage.Add(WalDamageKind.Records, name, SegmentHeader.AreaBytes, 0, what, lossIsKnown: false);
        }

        Segments.Add(segment);
        Scans.Add(scan);
        _replay.Apply(segment, scan);
        if (isLast || scan.IsSealed)
            return;
        long rest = candidate.Header.FileBytes - scan.End;
        _replay.Damage.Add(WalDamageKind.Records, name, scan.End, rest, "the segment breaks off, although a later one is in use", false);
    }

    private void BeginToRead(long sequence)
    {
        if (_readsBeside && _candidates.TryGetValue(sequence, out SegmentCandidate? candidate) && candidate.IsSound)
            candidate.BeginToRead();
    }

    /// <summary>Whether both ends of the seam to the segment before are sound and do not fit.</summary>
    private bool BreaksTheChain(long sequence, SegmentScan scan)
    {
        if (Segments.Count == 0 || Segments[^1].Header.Sequence != sequence - 1 || !Scans[^1].IsSealed || scan.Records.Count == 0)
            return false;
        ScannedRecord first = scan.Records[0];
        return first.Header.Type == RecordType.SegmentStart && first.Header.Tag != Scans[^1].Chain;
    }

    /// <summary>The segment behind the last sealed one: prepared, and not in use yet.</summary>
    private void ReadSuccessor(long sequence)
    {
        string name = SegmentHeader.FileName(sequence);
        if (!_candidates.TryGetValue(sequence, out SegmentCandidate? candidate))
            throw new StorageCorruptException(name, 0, "the segment is missing, although the one before says that the log goes on in it");
        if (candidate.Flaw is { } flaw)
            throw new StorageCorruptException(name, flaw.Offset, flaw.What);
        Segments.Add(new Segment(candidate.Header, candidate.File));
        Scans.Add(candidate.ReadRecords());
    }

    private void CheckFormat()
    {
        SegmentCandidate? first = null;
        foreach (SegmentCandidate candidate in _candidates.Values)
        {
            if (candidate.Flaw is { Kind: WalDamageKind.NewerFormat } flaw)
                throw new WalFormatException(flaw);
            if (!candidate.IsSound)
                continue;
            first ??= candidate;
            if (candidate.Header.Identity == first.Header.Identity)
                continue;
            const string what = "the segment belongs to another log than the ones before";
            throw new WalFormatException(new WalDamage(WalDamageKind.ForeignSegment, candidate.File.Name, 0, 0, what, [], false));
        }
    }

    /// <summary>The oldest segment needed and the latest one with records.</summary>
    private (long Oldest, long Latest) FindBounds()
    {
        long latest = 0;
        foreach (SegmentCandidate candidate in _candidates.Values.Reverse())
        {
            if (!candidate.IsSound)
                continue;
            // Then the one before tells where the log ends, and will be asked for.
            if (candidate.LooksUnused)
                BeginToRead(candidate.Sequence - 1);
            if (!candidate.ReadRecords().IsStarted)
                continue;
            latest = Math.Max(latest, candidate.Sequence);
            if (candidate.ReadRecords().Oldest is > 0 and long oldest)
                return (oldest, latest);
        }

        SegmentCandidate first = _candidates.Values.First();
        if (latest > 0)
            return (first.Sequence, latest);
        if (first.Flaw is { } flaw)
            throw new StorageCorruptException(flaw.File, flaw.Offset, flaw.What);
        if (first.Sequence != 1)
            throw new StorageCorruptException(SegmentHeader.FileName(first.Sequence - 1), 0, "the segment is missing");
        return (1, 1);
    }
}
