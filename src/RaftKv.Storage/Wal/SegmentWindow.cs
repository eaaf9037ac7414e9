using RaftKv.Storage.Disk;

namespace RaftKv.Storage.Wal;

/// <summary>Reads a file forward in large pieces.</summary>
internal sealed class SegmentWindow(IStorageFile file, long length)
{
    private const int PieceBytes = 256 << 10;

    private readonly SectorReader _reader = new(file);
    private byte[] _buffer = [];
    private long _start;
    private int _filled;

    /// <summary>Bytes of the file; what is past them does not exist.</summary>
    public long Length => length;

    /// <summary>Where the bytes end that were ever written; the rest is zeros, whether it is read or not.</summary>
    public long WrittenEnd { get; } = Math.Min(file.WrittenEnd, length);

    /// <summary>Bytes of the file, valid until the next call.</summary>
    /// <param name="offset">The first byte.</param>
    /// <param name="count">How many; the range lies within <see cref="Length"/>.</param>
    public ReadOnlySpan<byte> Get(long offset, int count)
    {
        if (offset < _start || offset + count > _start + _filled)
            Fill(offset, count);
        return _buffer.AsSpan((int)(offset - _start), count);
    }

    /// <summary>As many bytes of the file as are there without another read, valid until the next call.</summary>
    /// <param name="offset">The first byte.</param>
    /// <param name="countMin">How many there must be; the range lies within <see cref="Length"/>.</param>
    public ReadOnlySpan<byte> GetFrom(long offset, int countMin)
    {
        _ = Get(offset, countMin);
        return _buffer.AsSpan((int)(offset - _start), (int)(_start + _filled - offset));
    }

    /// <summary>Whether the device refused anything of a range that was asked for.</summary>
    public bool IsRefused(long offset, long count) => _reader.IsRefused(offset, count);

    /// <summary>The first offset, a multiple of 8 from <paramref name="offset"/> on, where anything but zero begins.</summary>
    public long SkipZeros(long offset)
    {
        while (offset < length)
        {
            ReadOnlySpan<byte> piece = Get(offset, (int)Math.Min(PieceBytes, length - offset));
            int found = piece.IndexOfAnyExcept((byte)0);
            if (found >= 0)
                return offset + (found & -RecordHeader.AlignmentBytes);
            offset += piece.Length;
        }

        return length;
    }

    private void Fill(long offset, int count)
    {
        int size = (int)Math.Min(Math.Max(count, PieceBytes), length - offset);
        if (_buffer.Length < size)
            _buffer = GC.AllocateUninitializedArray<byte>(size);
        _filled = 0;
        _reader.Read(offset, _buffer.AsSpan(0, size));
        _start = offset;
        _filled = size;
    }
}
