using System.Buffers.Binary;

namespace RaftKv.Node.Transport;

/// <summary>The body of <see cref="FrameKind.SnapshotEnd"/>.</summary>
/// <param name="Length">Bytes of the whole state.</param>
/// <param name="Checksum">CRC-32C of the whole state.</param>
/// <remarks><code>length: 8, checksum: 4</code></remarks>
internal readonly record struct SnapshotEnd(long Length, uint Checksum)
{
    private const int BodyBytes = 12;

    public byte[] Encode()
    {
        byte[] body = new byte[BodyBytes];
        BinaryPrimitives.WriteInt64LittleEndian(body, Length);
        BinaryPrimitives.WriteUInt32LittleEndian(body.AsSpan(8), Checksum);
        return body;
    }

    /// <summary>Reads a body back; null when it is not one.</summary>
    public static SnapshotEnd? Decode(ReadOnlySpan<byte> body) => body.Length != BodyBytes
        ? null
        : new SnapshotEnd(BinaryPrimitives.ReadInt64LittleEndian(body), BinaryPrimitives.ReadUInt32LittleEndian(body[8..]));
}
