using System.Buffers.Binary;
using System.Text;
using RaftKv.Raft;

namespace RaftKv.Node.Transport;

/// <summary>The body of <see cref="FrameKind.MembershipRequest"/>: what the membership of a group is to be.</summary>
/// <param name="Group">The group.</param>
/// <param name="Change">What is to be.</param>
/// <remarks>
/// <code>group: 8, kind: 1, member: 8, member replaced or 0: 8, length of the address or 0: 1, the address in ASCII</code>
/// The kinds are those of the configuration's changes: 1 learner, 2 remove, 3 witness, 4 join, 5 move; and 6
/// to activate the newest log format, without a member.
/// </remarks>
internal sealed record MembershipRequest(GroupId Group, MembershipChange Change)
{
    public const int BytesMax = FixedBytes + byte.MaxValue;

    private const int FixedBytes = 26;

    public byte[] Encode()
    {
        string address = Change.Address ?? "";
        byte[] body = new byte[FixedBytes + address.Length];
        BinaryPrimitives.WriteInt64LittleEndian(body, Group.Value);
        body[8] = (byte)Change.Kind;
        BinaryPrimitives.WriteInt64LittleEndian(body.AsSpan(9), Change.Node.Value);
        BinaryPrimitives.WriteInt64LittleEndian(body.AsSpan(17), Change.Replaced.Value);
        body[25] = (byte)address.Length;
        Encoding.ASCII.GetBytes(address, body.AsSpan(FixedBytes));
        return body;
    }

    /// <summary>Reads a body back; null when it is not one.</summary>
    public static MembershipRequest? Decode(ReadOnlySpan<byte> body)
    {
        if (body.Length < FixedBytes || body.Length != FixedBytes + body[25])
            return null;
        long group = BinaryPrimitives.ReadInt64LittleEndian(body);
        NodeId node = new(BinaryPrimitives.ReadInt64LittleEndian(body[9..]));
        NodeId replaced = new(BinaryPrimitives.ReadInt64LittleEndian(body[17..]));
        string? address = body[25] == 0 ? null : Encoding.ASCII.GetString(body[FixedBytes..]);
        MembershipChange? change = MembershipChange.Read(body[8], node, address, replaced);
        return group < 0 || change is null ? null : new MembershipRequest(new GroupId(group), change);
    }
}
