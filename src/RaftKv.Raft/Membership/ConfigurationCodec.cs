using System.Buffers.Binary;

namespace RaftKv.Raft.Membership;

/// <summary>The payload of an <see cref="EntryKind.Configuration"/> entry: the whole configuration, so that none depends on another.</summary>
/// <remarks>
/// Version byte 1, flags byte (bit 0: auto leave), then the four sets (voters, outgoing voters, learners, learners next), each a
/// 16-bit count and 64-bit numbers. Little endian.
/// </remarks>
public static class ConfigurationCodec
{
    private const byte Version = 1;
    private const int SetCount = 4;

    /// <summary>The bytes of a configuration.</summary>
    public static byte[] Encode(Configuration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        int members = configuration.Voters.Length + configuration.VotersOutgoing.Length
            + configuration.Learners.Length + configuration.LearnersNext.Length;
        byte[] bytes = new byte[2 + SetCount * sizeof(ushort) + members * sizeof(long)];
        bytes[0] = Version;
        bytes[1] = configuration.AutoLeave ? (byte)1 : (byte)0;
        Span<byte> rest = bytes.AsSpan(2);
        WriteSet(ref rest, configuration.Voters);
        WriteSet(ref rest, configuration.VotersOutgoing);
        WriteSet(ref rest, configuration.Learners);
        WriteSet(ref rest, configuration.LearnersNext);
        return bytes;
    }

    /// <summary>Reads a configuration; false when the bytes are not exactly one.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, out Configuration configuration)
    {
        configuration = Configuration.Empty;
        if (bytes.Length < 2 || bytes[0] != Version || bytes[1] > 1)
            return false;
        bool autoLeave = bytes[1] == 1;
        ReadOnlySpan<byte> rest = bytes[2..];
        NodeId[][] sets = new NodeId[SetCount][];
        for (int i = 0; i < SetCount; i++)
        {
            if (!TryReadSet(ref rest, out sets[i]))
                return false;
        }
        if (!rest.IsEmpty)
            return false;
        try
        {
            configuration = new Configuration(sets[0], sets[1], sets[2], sets[3], autoLeave);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static void WriteSet(ref Span<byte> rest, ReadOnlySpan<NodeId> set)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(rest, checked((ushort)set.Length));
        rest = rest[sizeof(ushort)..];
        foreach (NodeId node in set)
        {
            BinaryPrimitives.WriteInt64LittleEndian(rest, node.Value);
            rest = rest[sizeof(long)..];
        }
    }

    private static bool TryReadSet(ref ReadOnlySpan<byte> rest, out NodeId[] set)
    {
        set = [];
        if (rest.Length < sizeof(ushort))
            return false;
        int count = BinaryPrimitives.ReadUInt16LittleEndian(rest);
        rest = rest[sizeof(ushort)..];
        if (rest.Length < count * sizeof(long))
            return false;
        set = new NodeId[count];
        for (int i = 0; i < count; i++)
            set[i] = new NodeId(BinaryPrimitives.ReadInt64LittleEndian(rest[(i * sizeof(long))..]));
        rest = rest[(count * sizeof(long))..];
        return true;
    }
}
