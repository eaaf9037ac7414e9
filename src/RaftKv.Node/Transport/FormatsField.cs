using System.Buffers.Binary;
using RaftKv.Raft;

namespace RaftKv.Node.Transport;

/// <summary>
/// The formats that a build speaks, as hello and welcome carry them at their end: oldest library, oldest machine, newest library, newest
/// machine, 2 bytes each, little-endian. Where they are missing the build speaks the first format.
/// </summary>
internal static class FormatsField
{
    public const int Bytes = 4 * sizeof(ushort);

    public static void Write(Span<byte> destination, LogFormatRange formats)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(destination, (ushort)formats.Min.Library);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[2..], (ushort)formats.Min.Machine);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[4..], (ushort)formats.Max.Library);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[6..], (ushort)formats.Max.Machine);
    }

    /// <summary>Reads what stands at the end of a body; null when it is no range.</summary>
    public static LogFormatRange? Read(ReadOnlySpan<byte> rest)
    {
        if (rest.IsEmpty)
            return LogFormatRange.First;
        if (rest.Length < Bytes)
            return null;
        LogFormatRange formats = new(
            new LogFormat(BinaryPrimitives.ReadUInt16LittleEndian(rest), BinaryPrimitives.ReadUInt16LittleEndian(rest[2..])),
            new LogFormat(BinaryPrimitives.ReadUInt16LittleEndian(rest[4..]), BinaryPrimitives.ReadUInt16LittleEndian(rest[6..])));
        return formats.IsValid ? formats : null;
    }
}
