using System.Buffers.Binary;
using RaftKv.Node.Driver;
using RaftKv.Raft;
using RaftKv.Raft.Membership;

namespace RaftKv.Node.Transport;

/// <summary>
/// The body of <see cref="FrameKind.Members"/>: group and index, 8 bytes each, 1 byte that is 1 when it is committed and else 0, then the
/// configuration as <see cref="ConfigurationCodec"/>
/// writes it.
/// </summary>
internal static class MembersFrame
{
    private const int FixedBytes = 17;
    private const int CommittedOffset = 16;

    public static void Add(FrameBuffer frames, MemberNotice notice)
    {
        byte[] configuration = ConfigurationCodec.Encode(notice.Configuration);
        byte[] body = new byte[FixedBytes + configuration.Length];
        BinaryPrimitives.WriteInt64LittleEndian(body, notice.Group.Value);
        BinaryPrimitives.WriteInt64LittleEndian(body.AsSpan(8), notice.Index.Value);
        body[CommittedOffset] = notice.IsCommitted ? (byte)1 : (byte)0;
        configuration.CopyTo(body, FixedBytes);
        frames.Add(FrameKind.Members, body);
    }

    /// <summary>Reads a body back; null when it is not one.</summary>
    public static MemberNotice? Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < FixedBytes)
            return null;
        long group = BinaryPrimitives.ReadInt64LittleEndian(bytes);
        long index = BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]);
        if (group < 0 || index < 0 || bytes[CommittedOffset] > 1
            || !ConfigurationCodec.TryDecode(bytes[FixedBytes..], out Configuration configuration))
            return null;
        return new MemberNotice(new GroupId(group), new LogIndex(index), bytes[CommittedOffset] == 1, configuration);
    }
}
