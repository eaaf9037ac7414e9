using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;

namespace RaftKv.Node.Transport;

/// <summary>CRC-32C (Castagnoli), by the processor's own instruction where it has one.</summary>
internal struct Crc32C()
{
    private uint _state = uint.MaxValue;

    public readonly uint Value => ~_state;

    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        Crc32C crc = new();
        crc.Add(bytes);
        return crc.Value;
    }

    public void Add(ReadOnlySpan<byte> bytes)
    {
        uint state = _state;
        while (bytes.Length >= sizeof(ulong))
        {
            state = BitOperations.Crc32C(state, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }
        foreach (byte b in bytes)
            state = BitOperations.Crc32C(state, b);
        _state = state;
    }

    public void Add(in ReadOnlySequence<byte> bytes)
    {
        foreach (ReadOnlyMemory<byte> part in bytes)
            Add(part.Span);
    }
}
