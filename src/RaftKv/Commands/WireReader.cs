using System.Buffers.Binary;

namespace RaftKv.Commands;

/// <summary>
/// Takes fields off bytes that nobody vouches for. Nothing throws: a field that is not there, or not possible, makes the reader
/// fail for good, and everything taken afterwards is empty.
/// </summary>
/// <remarks>Byte fields are slices of the source, which the caller leaves unchanged for as long as they are used.</remarks>
internal struct WireReader(ReadOnlyMemory<byte> source)
{
    private readonly ReadOnlyMemory<byte> _source = source;
    private int _position;

    public bool Failed { get; private set; }

    public readonly int Remaining => Failed ? 0 : _source.Length - _position;

    /// <summary>Whether everything was taken and nothing failed.</summary>
    public readonly bool Complete => !Failed && _position == _source.Length;

    public void Fail() => Failed = true;

    public byte Byte()
    {
        if (Remaining < 1)
        {
            Fail();
            return 0;
        }
        return _source.Span[_position++];
    }

    public bool Flag()
    {
        byte value = Byte();
        if (value > 1)
            Fail();
        return value == 1;
    }

    /// <summary>A number from 0 up to <paramref name="max"/>.</summary>
    public long Varint(long max)
    {
        ReadOnlySpan<byte> rest = _source.Span[_position..];
        ulong value = 0;
        for (int i = 0; i < Math.Min(9, Remaining); i++)
        {
            value |= (ulong)(rest[i] & 0x7F) << (7 * i);
            if (rest[i] >= 0x80)
                continue;
            _position += i + 1;
            if (value > (ulong)max)
                break;
            return (long)value;
        }
        Fail();
        return 0;
    }

    public long Fixed()
    {
        if (Remaining < 8)
        {
            Fail();
            return 0;
        }
        long value = BinaryPrimitives.ReadInt64LittleEndian(_source.Span[_position..]);
        _position += 8;
        return value;
    }

    public ReadOnlyMemory<byte> Bytes()
    {
        int length = (int)Varint(Remaining);
        if (length > Remaining)
            Fail();
        if (Failed)
            return default;
        ReadOnlyMemory<byte> value = _source.Slice(_position, length);
        _position += length;
        return value;
    }

    /// <summary>A number of items that each take at least one byte, so that no count asks for more memory than was sent.</summary>
    public int Count(int max) => (int)Varint(Math.Min(max, Remaining));
}
