using RaftKv.Storage.Disk;

namespace RaftKv.Storage.Wal;

/// <summary>A file that has the name of a segment, before it is known to be one.</summary>
internal sealed class SegmentCandidate
{
    private const int CopyBytes = 64;

    private bool _hasHeader;

    private SegmentCandidate(long sequence, IStorageFile file)
    {
        Sequence = sequence;
        File = file;
    }

    public long Sequence { get; }

    public IStorageFile File { get; }

    public SegmentHeader Header { get; private set; }

    /// <summary>Why the file cannot be read as the segment of its name; null when it can.</summary>
    public WalDamage? Flaw { get; private set; }

    public bool IsSound => Flaw is null;

    public SegmentScan? Scan { get; private set; }

    public static SegmentCandidate Open(IStorageDirectory directory, string name, long sequence)
    {
        SegmentCandidate candidate = new(sequence, directory.Open(name));
        candidate.ReadHeader();
        return candidate;
    }

    /// <summary>Whether the file was being made when a crash came: no header, and nothing behind where it would be.</summary>
    public bool IsUnfinished => !_hasHeader && HoldsNoRecords();

    public SegmentScan ReadRecords() => Scan ??= SegmentScanner.Scan(File, Header);

    private bool HoldsNoRecords() =>
        File.Length <= SegmentHeader.AreaBytes
        || new SegmentWindow(File, File.Length).SkipZeros(SegmentHeader.AreaBytes) == File.Length;

    private void ReadHeader()
    {
        byte[] area = new byte[SegmentHeader.AreaBytes];
        new SectorReader(File).Read(0, area.AsSpan(0, (int)Math.Min(area.Length, File.Length)));
        if (!SegmentHeader.TryRead(area.AsSpan(0, CopyBytes), out SegmentHeader header, out int version)
            && !SegmentHeader.TryRead(area.AsSpan(SegmentHeader.SecondCopyOffset, CopyBytes), out header, out version))
        {
            Blame(WalDamageKind.UnreadableSegment, 0, "neither copy of the segment header is sound");
            return;
        }

        _hasHeader = true;
        Header = header;
        if (version != SegmentHeader.Version)
            Blame(WalDamageKind.NewerFormat, 0, $"the segment has format version {version}; the latest known is {SegmentHeader.Version}");
        else if (header.Sequence != Sequence)
            Blame(WalDamageKind.UnreadableSegment, 0, $"the segment says it is number {header.Sequence}, its name says {Sequence}");
        else if (File.Length < header.FileBytes)
            Blame(WalDamageKind.UnreadableSegment, File.Length, $"the file was cut: it had {header.FileBytes} bytes");
    }

    private void Blame(WalDamageKind kind, long offset, string what) =>
        Flaw = new WalDamage(kind, File.Name, offset, 0, what, [], LossIsKnown: false);
}
