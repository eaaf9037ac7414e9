using System.Buffers.Binary;
using System.Text;
using RaftKv.Raft;

namespace RaftKv.Node.Transport;

/// <summary>The body of <see cref="FrameKind.MembershipAnswer"/>: what became of a request, and who leads.</summary>
/// <param name="Verdict">What became of it.</param>
/// <param name="Leader">The leader as the answering member knows it, or nobody.</param>
/// <param name="LeaderAddress">Where the leader is reached; empty when that is not known.</param>
/// <param name="Reason">Why, in words; empty when it is done.</param>
/// <remarks>
/// <code>verdict: 1, leader or 0: 8, length of its address: 1, the address in ASCII, the reason in UTF-8 to the end</code>
/// </remarks>
internal sealed record MembershipAnswer(MembershipVerdict Verdict, NodeId Leader, string LeaderAddress, string Reason)
{
    public const int BytesMax = 4096;

    private const int FixedBytes = 10;

    public byte[] Encode()
    {
        byte[] reason = Encoding.UTF8.GetBytes(Reason);
        int reasonAt = FixedBytes + LeaderAddress.Length;
        byte[] body = new byte[Math.Min(BytesMax, reasonAt + reason.Length)];
        body[0] = (byte)Verdict;
        BinaryPrimitives.WriteInt64LittleEndian(body.AsSpan(1), Leader.Value);
        body[9] = (byte)LeaderAddress.Length;
        Encoding.ASCII.GetBytes(LeaderAddress, body.AsSpan(FixedBytes));
        reason.AsSpan(0, body.Length - reasonAt).CopyTo(body.AsSpan(reasonAt));
        return body;
    }

    /// <summary>Reads a body back; null when it is not one.</summary>
    public static MembershipAnswer? Decode(ReadOnlySpan<byte> body)
    {
        if (body.Length < FixedBytes || body.Length < FixedBytes + body[9] || !Enum.IsDefined((MembershipVerdict)body[0]))
            return null;
        long leader = BinaryPrimitives.ReadInt64LittleEndian(body[1..]);
        return leader < 0 ? null : new MembershipAnswer(
            (MembershipVerdict)body[0],
            new NodeId(leader),
            Encoding.ASCII.GetString(body.Slice(FixedBytes, body[9])),
            Encoding.UTF8.GetString(body[(FixedBytes + body[9])..]));
    }
}
