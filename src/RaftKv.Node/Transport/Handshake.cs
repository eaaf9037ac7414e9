using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using RaftKv.Raft;

namespace RaftKv.Node.Transport;

/// <summary>
/// The first frame on a connection: who connects, whom it wants, and in which cluster. The cluster's whole name travels here,
/// because the tag in a frame's header is only a checksum of it.
/// </summary>
/// <remarks><code>from: 8 bytes, to: 8 bytes, length of the name: 1 byte, the name in ASCII</code></remarks>
internal sealed class Handshake(string clusterId, NodeId from, NodeId to)
{
    public const int BytesMax = FixedBytes + byte.MaxValue;

    private const int FixedBytes = 17;

    public string ClusterId { get; } = clusterId;

    public NodeId From { get; } = from;

    public NodeId To { get; } = to;

    public static uint TagOf(string clusterId) => Crc32C.Compute(Encoding.ASCII.GetBytes(clusterId));

    public byte[] Encode()
    {
        byte[] body = new byte[FixedBytes + ClusterId.Length];
        BinaryPrimitives.WriteInt64LittleEndian(body, From.Value);
        BinaryPrimitives.WriteInt64LittleEndian(body.AsSpan(8), To.Value);
        body[16] = (byte)ClusterId.Length;
        Encoding.ASCII.GetBytes(ClusterId, body.AsSpan(FixedBytes));
        return body;
    }

    /// <summary>Reads a body back; null when it is not one.</summary>
    public static Handshake? Decode(in ReadOnlySequence<byte> body)
    {
        if (body.Length is < FixedBytes or > BytesMax)
            return null;
        byte[] bytes = body.ToArray();
        long from = BinaryPrimitives.ReadInt64LittleEndian(bytes);
        long to = BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(8));
        if (bytes[16] != bytes.Length - FixedBytes || from < 1 || to < 1)
            return null;
        return new Handshake(Encoding.ASCII.GetString(bytes.AsSpan(FixedBytes)), new NodeId(from), new NodeId(to));
    }
}
