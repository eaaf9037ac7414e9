using System.Buffers.Binary;
using RaftKv.Raft;
using RaftKv.Raft.Membership;

namespace RaftKv.Node.Transport;

/// <summary>The body of <see cref="FrameKind.SnapshotHead"/>: what is coming, and from where on.</summary>
/// <param name="Description">What the state is.</param>
/// <param name="Offset">Where the first chunk begins.</param>
/// <remarks><code>identity: 8, term: 8, index: 8, length or -1: 8, offset: 8, the configuration to the end</code></remarks>
internal sealed record SnapshotHead(SnapshotDescription Description, long Offset)
{
    /// <summary>The longest body accepted: a configuration of many thousand members.</summary>
    public const int BytesMax = 1024 * 1024;

    private const int FixedBytes = 40;

    public byte[] Encode()
    {
        byte[] configuration = ConfigurationCodec.Encode(Description.Configuration);
        byte[] body = new byte[FixedBytes + configuration.Length];
        BinaryPrimitives.WriteInt64LittleEndian(body, Description.Id);
        BinaryPrimitives.WriteInt64LittleEndian(body.AsSpan(8), Description.Position.Term.Value);
        BinaryPrimitives.WriteInt64LittleEndian(body.AsSpan(16), Description.Position.Index.Value);
        BinaryPrimitives.WriteInt64LittleEndian(body.AsSpan(24), Description.Length ?? -1);
        BinaryPrimitives.WriteInt64LittleEndian(body.AsSpan(32), Offset);
        configuration.CopyTo(body.AsSpan(FixedBytes));
        return body;
    }

    /// <summary>Reads a body back; null when it is not one.</summary>
    public static SnapshotHead? Decode(ReadOnlySpan<byte> body)
    {
        if (body.Length < FixedBytes || !ConfigurationCodec.TryDecode(body[FixedBytes..], out Configuration configuration))
            return null;
        long term = BinaryPrimitives.ReadInt64LittleEndian(body[8..]);
        long index = BinaryPrimitives.ReadInt64LittleEndian(body[16..]);
        long length = BinaryPrimitives.ReadInt64LittleEndian(body[24..]);
        long offset = BinaryPrimitives.ReadInt64LittleEndian(body[32..]);
        if (term < 0 || index < 0 || length < -1 || offset < 0 || (length >= 0 && offset > length))
            return null;
        SnapshotDescription description = new()
        {
            Id = BinaryPrimitives.ReadInt64LittleEndian(body),
            Position = new LogPosition(new Term(term), new LogIndex(index)),
            Configuration = configuration,
            Length = length < 0 ? null : length,
        };
        return new SnapshotHead(description, offset);
    }
}
