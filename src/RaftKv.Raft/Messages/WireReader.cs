using System.Buffers.Binary;

namespace RaftKv.Raft.Messages;

/// <summary>Reads fixed-width little-endian numbers and lengths; once anything is missing, it stays failed and reads zeros.</summary>
internal ref struct WireReader(ReadOnlySpan<byte> source)
{
    private ReadOnlySpan<byte> _rest = source;

    public bool Failed { get; private set; }

    public readonly bool IsAtEnd => _rest.IsEmpty;

    public readonly int Left => _rest.Length;

    public byte Byte() => Take(sizeof(byte)) is [byte value] ? value : (byte)0;

    public bool Flag()
    {
        byte value = Byte();
        Failed |= value > 1;
        return value == 1;
    }

    public int Count(int itemBytesMin)
    {
        ReadOnlySpan<byte> bytes = Take(sizeof(int));
        int value = bytes.IsEmpty ? 0 : BinaryPrimitives.ReadInt32LittleEndian(bytes);
        if (value >= 0 && (long)value * itemBytesMin <= _rest.Length)
            return value;
        Failed = true;
        return 0;
    }

    public long Number()
    {
        ReadOnlySpan<byte> bytes = Take(sizeof(long));
        return bytes.IsEmpty ? 0 : BinaryPrimitives.ReadInt64LittleEndian(bytes);
    }

    public LogPosition Position() => new(new Term(Number()), new LogIndex(Number()));

    /// <summary>Bytes with their length before them, copied once: the copy is owned by whoever holds the message.</summary>
    public ReadOnlyMemory<byte> Bytes()
    {
        int length = Count(1);
        return length == 0 ? default : Take(length).ToArray();
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        if (Failed || _rest.Length < length)
        {
            Failed = true;
            return default;
        }
        ReadOnlySpan<byte> taken = _rest[..length];
        _rest = _rest[length..];
        return taken;
    }
}
