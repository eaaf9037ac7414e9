using System.Buffers;
using System.Buffers.Binary;

namespace RaftKv.Node.Transport;

/// <summary>The body of <see cref="FrameKind.SnapshotChunk"/>: the offset in 8 bytes, then the bytes.</summary>
internal static class SnapshotChunk
{
    /// <summary>The longest piece of a state in one frame; all but the last have this length.</summary>
    public const int BytesMax = 512 * 1024;

    public const int OffsetBytes = sizeof(long);

    /// <summary>A frame's header and a chunk's offset: what stands before the bytes.</summary>
    public const int PrefixBytes = Frame.HeaderBytes + OffsetBytes;

    /// <summary>Completes a frame whose bytes are already in place behind the prefix.</summary>
    public static void Seal(Span<byte> frame, long offset, WireFormat format)
    {
        BinaryPrimitives.WriteInt64LittleEndian(frame[Frame.HeaderBytes..], offset);
        Frame.Seal(frame, FrameKind.SnapshotChunk, format);
    }

    /// <summary>Takes a body apart; null when it is not one, or is not the next.</summary>
    public static ReadOnlySequence<byte>? Next(in ReadOnlySequence<byte> body, long offset)
    {
        if (body.Length is <= OffsetBytes or > OffsetBytes + BytesMax)
            return null;
        Span<byte> start = stackalloc byte[OffsetBytes];
        body.Slice(0, OffsetBytes).CopyTo(start);
        return BinaryPrimitives.ReadInt64LittleEndian(start) == offset ? body.Slice(OffsetBytes) : null;
    }
}
