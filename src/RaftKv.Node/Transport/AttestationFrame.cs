using System.Buffers.Binary;
using RaftKv.Node.Driver;
using RaftKv.Raft;

namespace RaftKv.Node.Transport;

/// <summary>
/// The body of <see cref="FrameKind.Attestation"/>: what it is, 1 byte (1 a member's digest, 2 the majority's), group, term and index of the
/// entry that names the slice and the sender's disk identity, 8 bytes each, and the digest to the end.
/// </summary>
internal static class AttestationFrame
{
    /// <summary>The bit among the features of a connection.</summary>
    public const byte Feature = 4;

    private const byte SliceKind = 1;
    private const byte VerdictKind = 2;
    private const int HeadBytes = 33;

    public static void Add(FrameBuffer frames, AttestationNotice notice)
    {
        frames.Begin();
        int length = HeadBytes + notice.Digest.Length;
        Span<byte> body = frames.GetSpan(length);
        SliceNotice? slice = notice as SliceNotice;
        body[0] = slice is null ? VerdictKind : SliceKind;
        BinaryPrimitives.WriteInt64LittleEndian(body[1..], notice.Group.Value);
        PositionField.Write(body[9..], notice.Position);
        BinaryPrimitives.WriteInt64LittleEndian(body[25..], slice?.Incarnation ?? 0);
        notice.Digest.Span.CopyTo(body[HeadBytes..]);
        frames.Advance(length);
        frames.End(FrameKind.Attestation);
    }

    /// <summary>Reads a body back, the digest copied; null when it is not one.</summary>
    public static AttestationNotice? Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length is < HeadBytes or > HeadBytes + SliceDigest.BytesMax)
            return null;
        long group = BinaryPrimitives.ReadInt64LittleEndian(bytes[1..]);
        long incarnation = BinaryPrimitives.ReadInt64LittleEndian(bytes[25..]);
        if (group < 0 || PositionField.Read(bytes[9..]) is not { } position)
            return null;
        byte[] digest = bytes[HeadBytes..].ToArray();
        return bytes[0] switch
        {
            SliceKind => new SliceNotice(new GroupId(group), position, incarnation, digest),
            VerdictKind when digest.Length > 0 && incarnation == 0 => new VerdictNotice(new GroupId(group), position, digest),
            _ => null,
        };
    }
}
