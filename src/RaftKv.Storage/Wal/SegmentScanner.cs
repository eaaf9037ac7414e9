using RaftKv.Storage.Disk;

namespace RaftKv.Storage.Wal;

/// <summary>Reads a segment from its start and tells a torn end from damage.</summary>
/// <remarks>
/// A write begins only after the one before was flushed. So when anything of a later write is found behind a bad place, the bad
/// place was durable once: it is damage. When only parts of the same write follow, or nothing, no caller was told that the write
/// is durable: it is a torn end, and goes back to the last whole batch.
/// </remarks>
internal sealed class SegmentScanner
{
    private readonly SegmentWindow _window;
    private readonly uint _seed;
    private readonly List<ScannedRecord> _records = [];
    private readonly List<DamagedRange> _bad = [];
    private uint? _chain;
    private long _latestWrite;
    private long _validEnd = SegmentHeader.AreaBytes;

    private SegmentScanner(SegmentWindow window, uint seed)
    {
        _window = window;
        _seed = seed;
        _chain = seed;
    }

    public static SegmentScan Scan(IStorageFile file, SegmentHeader header)
    {
        SegmentScanner scanner = new(new SegmentWindow(file, Math.Min(file.Length, header.FileBytes)), header.Seed);
        scanner.Walk();
        return scanner.Conclude();
    }

    private void Walk()
    {
        long position = SegmentHeader.AreaBytes;
        while (true)
        {
            bool headerIsSound = TryHeader(position, out RecordHeader header);
            bool inOrder = headerIsSound && (_chain is null || header.Previous == _chain);
            if (inOrder)
                _latestWrite = Math.Max(_latestWrite, position - header.Back);
            if (inOrder && TryPayload(position, header, out byte[]? kept))
            {
                _records.Add(new ScannedRecord(position, header, kept));
                _chain = header.Checksum;
                position += header.Size;
                _validEnd = position;
                if (header.Type == RecordType.Seal)
                    return;
                continue;
            }

            long next = inOrder ? position + header.Size : FindHeader(headerIsSound ? position : position + RecordHeader.AlignmentBytes);
            _bad.Add(new DamagedRange(position, next, inOrder ? header : null, _records.Count));
            _chain = inOrder ? header.Checksum : null;
            if (next >= _window.Length)
                return;
            position = next;
            _validEnd = Math.Max(_validEnd, position);
        }
    }

    private SegmentScan Conclude()
    {
        int torn = _bad.FindIndex(range => range.Offset >= _latestWrite);
        int kept = torn >= 0 ? _bad[torn].RecordsBefore : _records.Count;
        long breaksAt = torn >= 0 ? _bad[torn].Offset : _validEnd;
        int lastDamage = torn > 0 ? _bad[torn - 1].RecordsBefore : 0;
        if (torn >= 0)
        {
            while (kept > lastDamage && !_records[kept - 1].Header.EndsBatch)
                kept--;
            _bad.RemoveRange(torn, _bad.Count - torn);
        }

        bool lostSome = kept < _records.Count;
        _records.RemoveRange(kept, _records.Count - kept);
        long end = kept > 0 ? _records[^1].Offset + _records[^1].Header.Size : SegmentHeader.AreaBytes;
        uint chain = kept > 0 ? _records[^1].Header.Checksum : _seed;
        if (_bad.Count > 0 && _bad[^1].RecordsBefore == kept)
        {
            end = _bad[^1].EndOffset;
            chain = _bad[^1].Known?.Checksum ?? chain;
        }

        bool isSealed = kept > 0 && _records[^1].Header.Type == RecordType.Seal;
        return new SegmentScan
        {
            Records = _records,
            Damage = _bad,
            End = end,
            Chain = chain,
            LeftoverEnd = Math.Max(end, _validEnd),
            EndsUnread = !isSealed && (IsRefused(end) || IsRefused(breaksAt)),
            IsTorn = !isSealed && (lostSome || _validEnd > end || !IsZero(end)),
        };
    }

    // The record that would stand there, or as much of it as would tell that there is none.
    private bool IsRefused(long offset)
    {
        if (offset >= _window.Length)
            return false;
        int size = TryHeader(offset, out RecordHeader header) ? header.Size : RecordHeader.Bytes;
        return _window.IsRefused(offset, Math.Min(size, _window.Length - offset));
    }

    private bool IsZero(long offset)
    {
        int count = (int)Math.Min(RecordHeader.Bytes, _window.Length - offset);
        return count <= 0 || _window.Get(offset, count).IndexOfAnyExcept((byte)0) < 0;
    }

    private bool TryHeader(long offset, out RecordHeader header)
    {
        header = default;
        return offset + RecordHeader.Bytes <= _window.Length
            && RecordHeader.TryRead(_window.Get(offset, RecordHeader.Bytes), _seed, offset, out header)
            && offset + header.Size <= _window.Length;
    }

    private bool TryPayload(long offset, RecordHeader header, out byte[]? kept)
    {
        ReadOnlySpan<byte> stored = _window.Get(offset, header.Size)[RecordHeader.Bytes..];
        kept = null;
        if (Crc32C.Compute(stored) != header.PayloadChecksum)
            return false;
        if (header.Type is RecordType.State or RecordType.GroupStart)
            kept = stored[..header.Length].ToArray();
        return true;
    }

    private long FindHeader(long offset)
    {
        while (offset < _window.WrittenEnd && offset + RecordHeader.Bytes <= _window.Length)
        {
            ReadOnlySpan<byte> piece = _window.GetFrom(offset, RecordHeader.Bytes);
            int found = RecordHeader.FindPossible(piece);
            offset += found;
            if (found + RecordHeader.Bytes > piece.Length)
                continue;
            if (TryHeader(offset, out _))
                return offset;
            offset += RecordHeader.AlignmentBytes;
        }

        return _window.Length;
    }
}
