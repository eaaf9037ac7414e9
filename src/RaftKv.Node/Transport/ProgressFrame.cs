using System.Buffers;
using System.Buffers.Binary;
using RaftKv.Raft;

namespace RaftKv.Node.Transport;

/// <summary>The body of <see cref="FrameKind.Progress"/>: one index, 8 bytes.</summary>
internal static class ProgressFrame
{
    private const int BodyBytes = 8;

    public static void Add(FrameBuffer frames, LogIndex applied)
    {
        Span<byte> body = stackalloc byte[BodyBytes];
        BinaryPrimitives.WriteInt64LittleEndian(body, applied.Value);
        frames.Add(FrameKind.Progress, body);
    }

    /// <summary>Reads a body back; null when it is not one.</summary>
    public static LogIndex? Decode(in ReadOnlySequence<byte> body)
    {
        if (body.Length != BodyBytes)
            return null;
        Span<byte> bytes = stackalloc byte[BodyBytes];
        body.CopyTo(bytes);
        long value = BinaryPrimitives.ReadInt64LittleEndian(bytes);
        return value < 0 ? null : new LogIndex(value);
    }
}
