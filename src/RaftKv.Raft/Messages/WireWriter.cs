using System.Buffers.Binary;

namespace RaftKv.Raft.Messages;

/// <summary>Writes what <see cref="WireReader"/> reads.</summary>
internal ref struct WireWriter(Span<byte> destination)
{
    private readonly Span<byte> _destination = destination;

    public int Written { get; private set; }

    public void Byte(byte value) => _destination[Written++] = value;

    public void Flag(bool value) => Byte(value ? (byte)1 : (byte)0);

    public void Count(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_destination[Written..], value);
        Written += sizeof(int);
    }

    public void Number(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_destination[Written..], value);
        Written += sizeof(long);
    }

    public void Position(LogPosition position)
    {
        Number(position.Term.Value);
        Number(position.Index.Value);
    }

    public void Bytes(ReadOnlySpan<byte> bytes)
    {
        Count(bytes.Length);
        bytes.CopyTo(_destination[Written..]);
        Written += bytes.Length;
    }
}
