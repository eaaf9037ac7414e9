using System.Buffers.Binary;
using RaftKv.Storage.Wal;

namespace RaftKv.Node.Transport;

/// <summary>
/// Bodies that are compressed: the length they had in 4 bytes, then one LZ4 block. The frame's kind has <see cref="Flag"/> set.
/// </summary>
internal static class FrameCompression
{
    /// <summary>The feature's bit in the handshake.</summary>
    public const byte Feature = 1;

    /// <summary>Marks a frame whose body is compressed.</summary>
    public const FrameKind Flag = (FrameKind)0x80;

    private const int PrefixBytes = sizeof(uint);

    // No LZ4 block grows more than this when it is restored: one byte of a match's length stands for 255 bytes.
    private const int GrowthMax = 255;

    /// <summary>Compresses a body; 0 when that saves less than an eighth.</summary>
    /// <param name="body">The body.</param>
    /// <param name="destination">As long as the body at least.</param>
    /// <returns>The length of the compressed body.</returns>
    public static int Compress(ReadOnlySpan<byte> body, Span<byte> destination)
    {
        int worthwhile = body.Length - body.Length / 8 - PrefixBytes;
        if (worthwhile <= 0)
            return 0;
        int length = Lz4BlockCodec.Instance.Compress(body, destination.Slice(PrefixBytes, worthwhile));
        if (length == 0)
            return 0;
        BinaryPrimitives.WriteUInt32LittleEndian(destination, (uint)body.Length);
        return PrefixBytes + length;
    }

    /// <summary>Restores a body; false when it is not one, or was longer than allowed.</summary>
    /// <param name="compressed">The compressed body.</param>
    /// <param name="bodyBytesMax">The longest body accepted.</param>
    /// <param name="buffer">Takes the body; replaced by a longer one when it must be.</param>
    /// <param name="length">The body's length within the buffer.</param>
    public static bool TryRestore(ReadOnlySpan<byte> compressed, int bodyBytesMax, ref byte[] buffer, out int length)
    {
        length = 0;
        if (compressed.Length < PrefixBytes)
            return false;
        uint announced = BinaryPrimitives.ReadUInt32LittleEndian(compressed);
        // Nobody makes this side reserve more than what was sent can become.
        if (announced > bodyBytesMax || announced > (long)GrowthMax * compressed.Length)
            return false;
        length = (int)announced;
        if (buffer.Length < length)
            buffer = new byte[length];
        return Lz4BlockCodec.Instance.TryDecompress(compressed[PrefixBytes..], buffer.AsSpan(0, length));
    }
}
