using System.Buffers.Binary;
using RaftKv.Raft;

namespace RaftKv.Node.Transport;

/// <summary>The place of an entry in a frame: its term and its index, 8 bytes each.</summary>
internal static class PositionField
{
    public const int Bytes = 16;

    public static void Write(Span<byte> bytes, LogPosition position)
    {
        BinaryPrimitives.WriteInt64LittleEndian(bytes, position.Term.Value);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[8..], position.Index.Value);
    }

    /// <summary>Reads it back; null when no entry can be there.</summary>
    public static LogPosition? Read(ReadOnlySpan<byte> bytes)
    {
        long term = BinaryPrimitives.ReadInt64LittleEndian(bytes);
        long index = BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]);
        return term < 0 || index < 1 ? null : new LogPosition(new Term(term), new LogIndex(index));
    }
}
