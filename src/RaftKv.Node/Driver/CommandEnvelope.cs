using System.Buffers.Binary;
using RaftKv.Raft;

namespace RaftKv.Node.Driver;

/// <summary>
/// What precedes a command in its log entry: who proposed it, in which run of that node, under which number. The node that
/// applies an entry of its own hands the result to whoever waits.
/// </summary>
/// <remarks>
/// <code>version: 1 byte (1), origin: 8 bytes, session: 8 bytes, request id: 8 bytes, the command. Little-endian.</code>
/// What the library writes itself has another version, and is written once format <see cref="LibraryFormat.Attestations"/> is active:
/// <code>version: 1 byte (2), where the slice begins of which every member works out a digest as of this entry.</code>
/// </remarks>
internal static class CommandEnvelope
{
    public const int HeaderBytes = 25;

    private const byte Version = 1;
    private const byte AttestationVersion = 2;

    /// <summary>Leaves room for the header and puts a copy of the command after it; returns as much of the memory as that takes.</summary>
    public static Memory<byte> Copy(ReadOnlySpan<byte> payload, byte[] memory)
    {
        payload.CopyTo(memory.AsSpan(HeaderBytes));
        return memory.AsMemory(0, HeaderBytes + payload.Length);
    }

    public static void Seal(Span<byte> envelope, NodeId origin, long session, long requestId)
    {
        envelope[0] = Version;
        BinaryPrimitives.WriteInt64LittleEndian(envelope[1..], origin.Value);
        BinaryPrimitives.WriteInt64LittleEndian(envelope[9..], session);
        BinaryPrimitives.WriteInt64LittleEndian(envelope[17..], requestId);
    }

    /// <summary>Reads a header; false when the bytes are no envelope of a version known here.</summary>
    public static bool TryOpen(ReadOnlySpan<byte> envelope, out NodeId origin, out long session, out long requestId)
    {
        (origin, session, requestId) = (NodeId.None, 0, 0);
        if (envelope.Length < HeaderBytes || envelope[0] != Version)
            return false;
        origin = new NodeId(BinaryPrimitives.ReadInt64LittleEndian(envelope[1..]));
        session = BinaryPrimitives.ReadInt64LittleEndian(envelope[9..]);
        requestId = BinaryPrimitives.ReadInt64LittleEndian(envelope[17..]);
        return true;
    }

    /// <summary>Makes the payload of an entry that names a slice of the state.</summary>
    public static byte[] Attestation(ReadOnlySpan<byte> from) => [AttestationVersion, .. from];

    /// <summary>Reads such a payload; false when the bytes are something else.</summary>
    public static bool TryOpenAttestation(ReadOnlyMemory<byte> payload, out ReadOnlyMemory<byte> from)
    {
        bool isOne = payload.Length is >= 1 and <= SliceDigest.NextBytesMax + 1 && payload.Span[0] == AttestationVersion;
        from = isOne ? payload[1..] : default;
        return isOne;
    }
}
