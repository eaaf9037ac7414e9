using System.Runtime.ExceptionServices;
using RaftKv.Storage.Disk;

namespace RaftKv.Storage.Wal;

/// <summary>A file that has the name of a segment, before it is known to be one.</summary>
internal sealed class SegmentCandidate : IDisposable
{
    private const int CopyBytes = 64;

    private bool _hasHeader;
    private SegmentScan? _scan;
    private Thread? _reading;
    private ExceptionDispatchInfo? _failure;

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

    /// <summary>Whether there is nothing where the first record would be, as in a segment that was prepared and not used.</summary>
    public bool LooksUnused { get; private set; }

    public static SegmentCandidate Open(IStorageDirectory directory, string name, long sequence)
    {
        SegmentCandidate candidate = new(sequence, directory.Open(name));
        try
        {
            candidate.ReadHeader();
            return candidate;
        }
        catch
        {
            candidate.Dispose();
            throw;
        }
    }

    /// <summary>Whether the file was being made when a crash came: no header, and nothing behind where it would be.</summary>
    public bool IsUnfinished => !_hasHeader && HoldsNoRecords();

    public SegmentScan ReadRecords()
    {
        WaitForReading();
        _failure?.Throw();
        return _scan ??= SegmentScanner.Scan(File, Header);
    }

    /// <summary>Begins to read the records beside the caller, who asks for them later and is told then what went wrong.</summary>
    public void BeginToRead()
    {
        if (_scan is not null || _reading is not null)
            return;
        _reading = new Thread(TryRead) { IsBackground = true, Name = "RaftKv log opening" };
        _reading.Start();
    }

    public void Dispose()
    {
        WaitForReading();
        File.Dispose();
    }

    private void WaitForReading()
    {
        _reading?.Join();
        _reading = null;
    }

    private void TryRead()
    {
        try
        {
            _scan = SegmentScanner.Scan(File, Header);
        }
        catch (Exception e)
        {
            _failure = ExceptionDispatchInfo.Capture(e);
        }
    }

    private bool HoldsNoRecords() =>
        File.Length <= SegmentHeader.AreaBytes
        || new SegmentWindow(File, File.Length).SkipZeros(SegmentHeader.AreaBytes) == File.Length;

    private void ReadHeader()
    {
        byte[] area = new byte[SegmentHeader.AreaBytes + RecordHeader.Bytes];
        new SectorReader(File).Read(0, area.AsSpan(0, (int)Math.Min(area.Length, File.Length)));
        if (!SegmentHeader.TryRead(area.AsSpan(0, CopyBytes), out SegmentHeader header, out int version)
            && !SegmentHeader.TryRead(area.AsSpan(SegmentHeader.SecondCopyOffset, CopyBytes), out header, out version))
        {
            Blame(WalDamageKind.UnreadableSegment, 0, "neither copy of the segment header is sound");
            return;
        }

        _hasHeader = true;
        Header = header;
        LooksUnused = area.AsSpan(SegmentHeader.AreaBytes).IndexOfAnyExcept((byte)0) < 0;
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
