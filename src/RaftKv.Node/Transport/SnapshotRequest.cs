using System.Buffers.Binary;
using RaftKv.Raft;

namespace RaftKv.Node.Transport;

/// <summary>The body of <see cref="FrameKind.SnapshotRequest"/>: whose state, and what of it is there already.</summary>
/// <param name="Group">The group.</param>
/// <param name="AtLeast">The state must include this position.</param>
/// <param name="Held">What is there of an earlier attempt; nothing when its bytes are 0.</param>
/// <param name="HeldChecksum">CRC-32C of the bytes held.</param>
/// <remarks><code>group: 8, term: 8, index: 8, identity held: 8, bytes held: 8, checksum of them: 4</code></remarks>
internal readonly record struct SnapshotRequest(GroupId Group, LogPosition AtLeast, SnapshotHolding Held, uint HeldChecksum)
{
    private const int BodyBytes = 44;

    public byte[] Encode()
    {
        byte[] body = new byte[BodyBytes];
        BinaryPrimitives.WriteInt64LittleEndian(body, Group.Value);
        BinaryPrimitives.WriteInt64LittleEndian(body.AsSpan(8), AtLeast.Term.Value);
        BinaryPrimitives.WriteInt64LittleEndian(body.AsSpan(16), AtLeast.Index.Value);
        BinaryPrimitives.WriteInt64LittleEndian(body.AsSpan(24), Held.Id);
        BinaryPrimitives.WriteInt64LittleEndian(body.AsSpan(32), Held.Bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(body.AsSpan(40), HeldChecksum);
        return body;
    }

    /// <summary>Reads a body back; null when it is not one.</summary>
    public static SnapshotRequest? Decode(ReadOnlySpan<byte> body)
    {
        if (body.Length != BodyBytes)
            return null;
        long group = BinaryPrimitives.ReadInt64LittleEndian(body);
        long term = BinaryPrimitives.ReadInt64LittleEndian(body[8..]);
        long index = BinaryPrimitives.ReadInt64LittleEndian(body[16..]);
        long heldBytes = BinaryPrimitives.ReadInt64LittleEndian(body[32..]);
        if (group < 0 || term < 0 || index < 0 || heldBytes < 0)
            return null;
        return new SnapshotRequest(
            new GroupId(group),
            new LogPosition(new Term(term), new LogIndex(index)),
            new SnapshotHolding(BinaryPrimitives.ReadInt64LittleEndian(body[24..]), heldBytes),
            BinaryPrimitives.ReadUInt32LittleEndian(body[40..]));
    }
}
