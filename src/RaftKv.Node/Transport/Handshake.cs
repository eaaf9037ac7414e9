using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using RaftKv.Raft;

namespace RaftKv.Node.Transport;

/// <summary>
/// The first frame on a connection: who connects, whom it wants, in which cluster, and what it speaks. The cluster's whole name
/// travels here, because the tag in a frame's header is only a checksum of it.
/// </summary>
/// <remarks>
/// <code>
/// offset  bytes  what
///      0      8  from
///      8      8  to
///     16      1  oldest version spoken
///     17      1  newest version spoken
///     18      1  features offered
///     19      1  what the connection is for (ConnectionPurpose)
///     20      1  length of the cluster's name
///     21      n  the cluster's name in ASCII
///   21+n      1  length of the address
///   22+n      m  where the sender is reached, in ASCII
/// 22+n+m      8  the log formats that the sender's build speaks (FormatsField)
/// </code>
/// Earlier builds left out what is after the name, or the formats. Later ones may append to it; what follows the formats is passed over.
/// </remarks>
internal sealed class Handshake
{
    public const int BytesMax = 1024;

    private const int FixedBytes = 21;

    public required string ClusterId { get; init; }

    public required NodeId From { get; init; }

    /// <summary>
    /// The member that is looked for; nobody for any, which only a connection for <see cref="ConnectionPurpose.Membership"/> may.
    /// </summary>
    public required NodeId To { get; init; }

    public required ConnectionPurpose Purpose { get; init; }

    public byte VersionMin { get; init; } = WireFormat.VersionMin;

    public byte VersionMax { get; init; } = WireFormat.VersionMax;

    public byte Features { get; init; }

    /// <summary>Where the sender is reached, so that a node that does not know it can answer; empty when it does not know.</summary>
    public string Address { get; init; } = "";

    /// <summary>The log formats that the sender's build speaks.</summary>
    public LogFormatRange Formats { get; init; } = LogFormatRange.First;

    public byte[] Encode()
    {
        byte[] body = new byte[FixedBytes + ClusterId.Length + 1 + Address.Length + FormatsField.Bytes];
        BinaryPrimitives.WriteInt64LittleEndian(body, From.Value);
        BinaryPrimitives.WriteInt64LittleEndian(body.AsSpan(8), To.Value);
        body[16] = VersionMin;
        body[17] = VersionMax;
        body[18] = Features;
        body[19] = (byte)Purpose;
        body[20] = (byte)ClusterId.Length;
        Encoding.ASCII.GetBytes(ClusterId, body.AsSpan(FixedBytes));
        Span<byte> rest = body.AsSpan(FixedBytes + ClusterId.Length);
        rest[0] = (byte)Address.Length;
        Encoding.ASCII.GetBytes(Address, rest[1..]);
        FormatsField.Write(rest[(1 + Address.Length)..], Formats);
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
        int nameBytes = bytes[20];
        bool isForAnybody = to == 0 && bytes[19] == (byte)ConnectionPurpose.Membership;
        if (nameBytes > bytes.Length - FixedBytes || from < 1 || (to < 1 && !isForAnybody) || bytes[16] > bytes[17])
            return null;
        ReadOnlySpan<byte> rest = bytes.AsSpan(FixedBytes + nameBytes);
        int addressBytes = rest.IsEmpty ? 0 : rest[0];
        if (addressBytes > 0 && addressBytes >= rest.Length)
            return null;
        if (FormatsField.Read(rest.IsEmpty ? rest : rest[(1 + addressBytes)..]) is not { } formats)
            return null;
        return new Handshake
        {
            ClusterId = Encoding.ASCII.GetString(bytes.AsSpan(FixedBytes, nameBytes)),
            From = new NodeId(from),
            To = new NodeId(to),
            VersionMin = bytes[16],
            VersionMax = bytes[17],
            Features = bytes[18],
            Purpose = (ConnectionPurpose)bytes[19],
            Address = addressBytes == 0 ? "" : Encoding.ASCII.GetString(rest.Slice(1, addressBytes)),
            Formats = formats,
        };
    }
}
