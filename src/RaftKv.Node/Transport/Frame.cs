using System.Buffers;
using System.Buffers.Binary;

namespace RaftKv.Node.Transport;

/// <summary>
/// The frame on a connection between members: 16 bytes of header, then the body. Numbers are little-endian.
/// </summary>
/// <remarks>
/// <code>
/// offset  bytes  what
///      0      2  magic, 0x4B52 ("RK")
///      2      1  version: 0 in the handshake, then the one agreed on
///      3      1  kind (FrameKind)
///      4      4  cluster tag: CRC-32C of the cluster's name
///      8      4  length of the body in bytes
///     12      4  CRC-32C of bytes 0 to 11 and of the body
/// </code>
/// The length is checked against the bound before a byte of the body is waited for, so that a peer that announces two gigabytes
/// costs nothing.
/// </remarks>
internal static class Frame
{
    public const int HeaderBytes = 16;
    public const ushort Magic = 0x4B52;

    private const int ChecksumOffset = 12;

    /// <summary>Fills in the header of a frame whose body is already in place.</summary>
    public static void Seal(Span<byte> frame, FrameKind kind, WireFormat format)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(frame, Magic);
        frame[2] = format.Version;
        frame[3] = (byte)kind;
        BinaryPrimitives.WriteUInt32LittleEndian(frame[4..], format.ClusterTag);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[8..], (uint)(frame.Length - HeaderBytes));
        uint checksum = Crc32C.Compute(Crc32C.Compute(frame[..ChecksumOffset]), frame[HeaderBytes..]);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[ChecksumOffset..], checksum);
    }

    /// <summary>Takes one frame off the front of what has arrived.</summary>
    /// <param name="arrived">What has arrived; on <see cref="FrameStatus.Done"/> it begins after the frame.</param>
    /// <param name="format">The only form accepted.</param>
    /// <param name="bodyBytesMax">The longest body accepted.</param>
    /// <param name="kind">What the frame carries.</param>
    /// <param name="body">The body, valid as long as <paramref name="arrived"/> is.</param>
    public static FrameStatus TryRead(
        ref ReadOnlySequence<byte> arrived, WireFormat format, int bodyBytesMax, out FrameKind kind, out ReadOnlySequence<byte> body)
    {
        kind = default;
        body = default;
        Span<byte> header = stackalloc byte[HeaderBytes];
        int present = (int)Math.Min(arrived.Length, HeaderBytes);
        arrived.Slice(0, present).CopyTo(header);
        FrameStatus status = CheckHeader(header[..present], format, bodyBytesMax);
        if (status != FrameStatus.Done)
            return status;
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(header[8..]);
        if (arrived.Length < HeaderBytes + length)
            return FrameStatus.NeedMore;
        body = arrived.Slice(HeaderBytes, length);
        uint checksum = Crc32C.Compute(header[..ChecksumOffset]);
        foreach (ReadOnlyMemory<byte> part in body)
            checksum = Crc32C.Compute(checksum, part.Span);
        if (checksum != BinaryPrimitives.ReadUInt32LittleEndian(header[ChecksumOffset..]))
            return FrameStatus.BadChecksum;
        kind = (FrameKind)header[3];
        arrived = arrived.Slice(HeaderBytes + length);
        return FrameStatus.Done;
    }

    // Judges the bytes that are there, so that garbage is refused at its first bytes instead of waited out.
    private static FrameStatus CheckHeader(ReadOnlySpan<byte> header, WireFormat format, int bodyBytesMax)
    {
        if (header.Length >= 1 && header[0] != (Magic & 0xFF))
            return FrameStatus.NotAFrame;
        if (header.Length >= 2 && header[1] != Magic >> 8)
            return FrameStatus.NotAFrame;
        if (header.Length >= 3 && header[2] != format.Version)
            return FrameStatus.UnknownVersion;
        if (header.Length < HeaderBytes)
            return FrameStatus.NeedMore;
        if (BinaryPrimitives.ReadUInt32LittleEndian(header[4..]) != format.ClusterTag)
            return FrameStatus.WrongCluster;
        return BinaryPrimitives.ReadUInt32LittleEndian(header[8..]) > bodyBytesMax ? FrameStatus.TooLarge : FrameStatus.Done;
    }
}
