using System.Buffers.Binary;
using System.Text;

namespace RaftKv.Raft.Membership;

/// <summary>
/// The payload of an <see cref="EntryKind.Configuration"/> entry: the whole configuration, so that none depends on another.
/// </summary>
/// <remarks>
/// Version byte 1, flags byte (bit 0: auto leave), then six sets (voters, outgoing voters, learners, learners next, joining,
/// witnesses), each a 16-bit count and 64-bit numbers, then the incarnations: a 16-bit count and pairs of 64-bit numbers, then,
/// unless there are none, the addresses: a 16-bit count and for each a 64-bit number, a length byte and ASCII characters.
/// Little endian. Sets are ascending, so that a configuration has one form only. Where the format is not the first one the version
/// byte is 2, and after the flags stand the format's two numbers, library and machine, 16 bits each.
/// </remarks>
public static class ConfigurationCodec
{
    private const byte Version = 1;
    private const byte VersionWithFormat = 2;
    private const int FormatBytes = 2 * sizeof(ushort);
    private const int SetCount = 6;
    private const int PairBytes = 2 * sizeof(long);

    /// <summary>The bytes of a configuration.</summary>
    public static byte[] Encode(Configuration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        int members = configuration.Voters.Length + configuration.VotersOutgoing.Length + configuration.Learners.Length
            + configuration.LearnersNext.Length + configuration.Joining.Length + configuration.Witnesses.Length;
        int pairs = configuration.Incarnations.Length;
        bool isFirst = configuration.Format == LogFormat.First;
        int start = isFirst ? 2 : 2 + FormatBytes;
        byte[] bytes =
            new byte[start + (SetCount + 1) * sizeof(ushort) + members * sizeof(long) + pairs * PairBytes + AddressBytes(configuration)];
        bytes[0] = isFirst ? Version : VersionWithFormat;
        bytes[1] = configuration.AutoLeave ? (byte)1 : (byte)0;
        Span<byte> rest = bytes.AsSpan(2);
        if (!isFirst)
        {
            WriteCount(ref rest, configuration.Format.Library);
            WriteCount(ref rest, configuration.Format.Machine);
        }
        WriteSet(ref rest, configuration.Voters);
        WriteSet(ref rest, configuration.VotersOutgoing);
        WriteSet(ref rest, configuration.Learners);
        WriteSet(ref rest, configuration.LearnersNext);
        WriteSet(ref rest, configuration.Joining);
        WriteSet(ref rest, configuration.Witnesses);
        WriteCount(ref rest, pairs);
        foreach (MemberIncarnation incarnation in configuration.Incarnations)
        {
            WriteNumber(ref rest, incarnation.Node.Value);
            WriteNumber(ref rest, incarnation.Incarnation);
        }
        WriteAddresses(ref rest, configuration.Addresses);
        return bytes;
    }

    /// <summary>Reads a configuration; false when the bytes are not exactly one.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, out Configuration configuration)
    {
        configuration = Configuration.Empty;
        if (bytes.Length < 2 || bytes[0] is not (Version or VersionWithFormat) || bytes[1] > 1)
            return false;
        bool autoLeave = bytes[1] == 1;
        ReadOnlySpan<byte> rest = bytes[2..];
        LogFormat format = LogFormat.First;
        if (bytes[0] == VersionWithFormat && !TryReadFormat(ref rest, out format))
            return false;
        NodeId[][] sets = new NodeId[SetCount][];
        for (int i = 0; i < SetCount; i++)
        {
            if (!TryReadSet(ref rest, out sets[i]))
                return false;
        }
        if (!TryReadPairs(ref rest, out MemberIncarnation[] incarnations))
            return false;
        if (!TryReadAddresses(ref rest, out MemberAddress[] addresses) || !rest.IsEmpty)
            return false;
        try
        {
            configuration =
                new Configuration(sets[0], sets[1], sets[2], sets[3], autoLeave, sets[4], sets[5], incarnations, addresses, format);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    // The first format has one form, the one without it.
    private static bool TryReadFormat(ref ReadOnlySpan<byte> rest, out LogFormat format)
    {
        format = default;
        if (rest.Length < FormatBytes)
            return false;
        format = new LogFormat(
            BinaryPrimitives.ReadUInt16LittleEndian(rest), BinaryPrimitives.ReadUInt16LittleEndian(rest[sizeof(ushort)..]));
        rest = rest[FormatBytes..];
        return format.IsValid && format != LogFormat.First;
    }

    private static int AddressBytes(Configuration configuration)
    {
        int bytes = configuration.Addresses.IsEmpty ? 0 : sizeof(ushort);
        foreach (MemberAddress address in configuration.Addresses)
            bytes += sizeof(long) + 1 + address.Address.Length;
        return bytes;
    }

    private static void WriteAddresses(ref Span<byte> rest, ReadOnlySpan<MemberAddress> addresses)
    {
        if (addresses.IsEmpty)
            return;
        WriteCount(ref rest, addresses.Length);
        foreach (MemberAddress address in addresses)
        {
            WriteNumber(ref rest, address.Node.Value);
            rest[0] = checked((byte)address.Address.Length);
            Encoding.ASCII.GetBytes(address.Address, rest[1..]);
            rest = rest[(1 + address.Address.Length)..];
        }
    }

    private static bool TryReadAddresses(ref ReadOnlySpan<byte> rest, out MemberAddress[] addresses)
    {
        addresses = [];
        if (rest.IsEmpty)
            return true;
        if (!TryReadCount(ref rest, sizeof(long) + 1, out int count) || count == 0)
            return false;
        addresses = new MemberAddress[count];
        for (int i = 0; i < count; i++)
        {
            if (rest.Length < sizeof(long) + 1)
                return false;
            NodeId node = new(ReadNumber(ref rest));
            int length = rest[0];
            if (rest.Length <= length || !Ascii.IsValid(rest.Slice(1, length)) || (i > 0 && node <= addresses[i - 1].Node))
                return false;
            addresses[i] = new MemberAddress(node, Encoding.ASCII.GetString(rest.Slice(1, length)));
            rest = rest[(1 + length)..];
        }
        return true;
    }

    private static void WriteSet(ref Span<byte> rest, ReadOnlySpan<NodeId> set)
    {
        WriteCount(ref rest, set.Length);
        foreach (NodeId node in set)
            WriteNumber(ref rest, node.Value);
    }

    private static void WriteCount(ref Span<byte> rest, int count)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(rest, checked((ushort)count));
        rest = rest[sizeof(ushort)..];
    }

    private static void WriteNumber(ref Span<byte> rest, long number)
    {
        BinaryPrimitives.WriteInt64LittleEndian(rest, number);
        rest = rest[sizeof(long)..];
    }

    private static bool TryReadSet(ref ReadOnlySpan<byte> rest, out NodeId[] set)
    {
        set = [];
        if (!TryReadCount(ref rest, sizeof(long), out int count))
            return false;
        set = new NodeId[count];
        for (int i = 0; i < count; i++)
        {
            set[i] = new NodeId(ReadNumber(ref rest));
            if (i > 0 && set[i] <= set[i - 1])
                return false;
        }
        return true;
    }

    private static bool TryReadPairs(ref ReadOnlySpan<byte> rest, out MemberIncarnation[] pairs)
    {
        pairs = [];
        if (!TryReadCount(ref rest, PairBytes, out int count))
            return false;
        pairs = new MemberIncarnation[count];
        for (int i = 0; i < count; i++)
        {
            pairs[i] = new MemberIncarnation(new NodeId(ReadNumber(ref rest)), ReadNumber(ref rest));
            if (i > 0 && pairs[i].Node <= pairs[i - 1].Node)
                return false;
        }
        return true;
    }

    private static bool TryReadCount(ref ReadOnlySpan<byte> rest, int itemBytes, out int count)
    {
        count = 0;
        if (rest.Length < sizeof(ushort))
            return false;
        count = BinaryPrimitives.ReadUInt16LittleEndian(rest);
        rest = rest[sizeof(ushort)..];
        return rest.Length >= count * itemBytes;
    }

    private static long ReadNumber(ref ReadOnlySpan<byte> rest)
    {
        long number = BinaryPrimitives.ReadInt64LittleEndian(rest);
        rest = rest[sizeof(long)..];
        return number;
    }
}
