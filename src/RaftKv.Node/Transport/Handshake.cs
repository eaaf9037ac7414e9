using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using RaftKv.Raft;

namespace RaftKv.Node.Transport;

/// <summary>
/// The first frame on a connection: who connects, whom it wants, and in which cluster. The cluster's whole name travels here,
/// because the tag in a frame's header is only a checksum of it. The address lets a node answer one it does not know.
/// </summary>
/// <remarks>
/// <code>
/// from: 8 bytes, to: 8 bytes, length of the name: 1 byte, the name in ASCII,
/// length of the sender's address, 0 when it does not know it: 1 byte, the address in ASCII
/// </code>
/// </remarks>
internal sealed class Handshake(string clusterId, NodeId from, NodeId to, string address)
{
    public const int BytesMax = FixedBytes + 2 * byte.MaxValue;

    private const int FixedBytes = 18;
    private const int NameOffset = 16;

    public string ClusterId { get; } = clusterId;

    public NodeId From { get; } = from;

    public NodeId To { get; } = to;

    /// <summary>Where the sender is reached; empty when it does not know.</summary>
    public string Address { get; } = address;

    public static uint TagOf(string clusterId) => Crc32C.Compute(Encoding.ASCII.GetBytes(clusterId));

    public byte[] Encode()
    {
        byte[] body = new byte[FixedBytes + ClusterId.Length + Address.Length];
        BinaryPrimitives.WriteInt64LittleEndian(body, From.Value);
        BinaryPrimitives.WriteInt64LittleEndian(body.AsSpan(8), To.Value);
        body[NameOffset] = (byte)ClusterId.Length;
        Encoding.ASCII.GetBytes(ClusterId, body.AsSpan(NameOffset + 1));
        int addressOffset = NameOffset + 1 + ClusterId.Length;
        body[addressOffset] = (byte)Address.Length;
        Encoding.ASCII.GetBytes(Address, body.AsSpan(addressOffset + 1));
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
        int addressOffset = NameOffset + 1 + bytes[NameOffset];
        if (from < 1 || to < 1 || addressOffset >= bytes.Length || addressOffset + 1 + bytes[addressOffset] != bytes.Length)
            return null;
        string name = Encoding.ASCII.GetString(bytes.AsSpan(NameOffset + 1, bytes[NameOffset]));
        string address = Encoding.ASCII.GetString(bytes.AsSpan(addressOffset + 1));
        return new Handshake(name, new NodeId(from), new NodeId(to), address);
    }
}
