using System.Buffers.Binary;
using RaftKv.Raft;
using RaftKv.Raft.Membership;

namespace RaftKv.Node.Persistence;

/// <summary>What the log's state blob holds for a group: the hard state, and where its log begins.</summary>
/// <remarks>
/// <code>
/// version: 1 byte (1), term, voted for, commit, base term, base index: 8 bytes each, the configuration as of the base.
/// Little-endian.
/// </code>
/// The log's own checksum covers it.
/// </remarks>
internal sealed record NodeState(HardState HardState, LogPosition Base, Configuration Configuration)
{
    private const byte Version = 1;
    private const int FixedBytes = 41;

    public byte[] Encode()
    {
        byte[] configuration = ConfigurationCodec.Encode(Configuration);
        byte[] bytes = new byte[FixedBytes + configuration.Length];
        bytes[0] = Version;
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(1), HardState.Term.Value);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(9), HardState.VotedFor.Value);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(17), HardState.Commit.Value);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(25), Base.Term.Value);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(33), Base.Index.Value);
        configuration.CopyTo(bytes, FixedBytes);
        return bytes;
    }

    /// <summary>Reads a blob back; null when it is none of a version known here.</summary>
    public static NodeState? Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < FixedBytes || bytes[0] != Version
            || !ConfigurationCodec.TryDecode(bytes[FixedBytes..], out Configuration configuration))
        {
            return null;
        }
        HardState hardState = new(
            new Term(BinaryPrimitives.ReadInt64LittleEndian(bytes[1..])),
            new NodeId(BinaryPrimitives.ReadInt64LittleEndian(bytes[9..])),
            new LogIndex(BinaryPrimitives.ReadInt64LittleEndian(bytes[17..])));
        LogPosition start = new(
            new Term(BinaryPrimitives.ReadInt64LittleEndian(bytes[25..])),
            new LogIndex(BinaryPrimitives.ReadInt64LittleEndian(bytes[33..])));
        return new NodeState(hardState, start, configuration);
    }
}
