using System.Buffers.Binary;
using RaftKv.Raft;
using RaftKv.Raft.Membership;

namespace RaftKv.Node.Persistence;

/// <summary>
/// What the log's state blob holds for a group: the hard state, where its log begins, and which of its entries carry configurations,
/// so that a start reads those alone.
/// </summary>
/// <remarks>
/// <code>
/// version: 1 byte (2), term, voted for, commit, base term, base index: 8 bytes each, how many entries carry configurations:
/// 4 bytes, their indexes: 8 bytes each, ascending, length of a position with its configuration whose state is being installed, 0 for
/// none: 4 bytes, its term and index: 8 bytes each, its configuration, then the configuration as of the base. Little-endian.
/// </code>
/// Version 1 had nothing between the base and its configuration. The log's own checksum covers it.
/// </remarks>
internal sealed record NodeState(HardState HardState, LogPosition Base, Configuration Configuration)
{
    private const byte Version = 2;
    private const int FixedBytes = 41;

    /// <summary>The entries after the base that carry configurations, ascending.</summary>
    public LogIndex[] ConfigurationEntries { get; init; } = [];

    /// <summary>The state that is about to take the place of machine and log; null when none is.</summary>
    public PendingInstall? Installing { get; init; }

    public byte[] Encode()
    {
        byte[] configuration = ConfigurationCodec.Encode(Configuration);
        byte[] installing = Installing?.Encode() ?? [];
        int indexes = FixedBytes + sizeof(int);
        int installingAt = indexes + ConfigurationEntries.Length * sizeof(long);
        byte[] bytes = new byte[installingAt + sizeof(int) + installing.Length + configuration.Length];
        bytes[0] = Version;
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(1), HardState.Term.Value);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(9), HardState.VotedFor.Value);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(17), HardState.Commit.Value);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(25), Base.Term.Value);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(33), Base.Index.Value);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(FixedBytes), ConfigurationEntries.Length);
        for (int i = 0; i < ConfigurationEntries.Length; i++)
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(indexes + i * sizeof(long)), ConfigurationEntries[i].Value);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(installingAt), installing.Length);
        installing.CopyTo(bytes, installingAt + sizeof(int));
        configuration.CopyTo(bytes, bytes.Length - configuration.Length);
        return bytes;
    }

    /// <summary>Reads a blob back; null when it is none of a version known here.</summary>
    public static NodeState? Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < FixedBytes || bytes[0] is < 1 or > Version)
            return null;
        ReadOnlySpan<byte> rest = bytes[FixedBytes..];
        LogIndex[] indexes = [];
        PendingInstall? installing = null;
        if (bytes[0] == Version && !(TryReadIndexes(ref rest, out indexes) && PendingInstall.TryRead(ref rest, out installing)))
            return null;
        if (!ConfigurationCodec.TryDecode(rest, out Configuration configuration))
            return null;
        HardState hardState = new(
            new Term(BinaryPrimitives.ReadInt64LittleEndian(bytes[1..])),
            new NodeId(BinaryPrimitives.ReadInt64LittleEndian(bytes[9..])),
            new LogIndex(BinaryPrimitives.ReadInt64LittleEndian(bytes[17..])));
        LogPosition start = new(
            new Term(BinaryPrimitives.ReadInt64LittleEndian(bytes[25..])),
            new LogIndex(BinaryPrimitives.ReadInt64LittleEndian(bytes[33..])));
        return new NodeState(hardState, start, configuration) { ConfigurationEntries = indexes, Installing = installing };
    }

    /// <summary>The state once entries are appended, which replace what stood from the first of them on.</summary>
    public NodeState After(ReadOnlySpan<Entry> appended)
    {
        if (appended.IsEmpty)
            return this;
        int kept = ConfigurationEntries.Length;
        while (kept > 0 && ConfigurationEntries[kept - 1] >= appended[0].Index)
            kept--;
        List<LogIndex>? added = null;
        foreach (Entry entry in appended)
        {
            if (entry.Kind == EntryKind.Configuration)
                (added ??= []).Add(entry.Index);
        }
        return kept == ConfigurationEntries.Length && added is null
            ? this
            : this with { ConfigurationEntries = [.. ConfigurationEntries.AsSpan(0, kept), .. added ?? []] };
    }

    private static bool TryReadIndexes(ref ReadOnlySpan<byte> rest, out LogIndex[] indexes)
    {
        indexes = [];
        if (rest.Length < sizeof(int))
            return false;
        int count = BinaryPrimitives.ReadInt32LittleEndian(rest);
        rest = rest[sizeof(int)..];
        if (count < 0 || rest.Length / sizeof(long) < count)
            return false;
        indexes = new LogIndex[count];
        for (int i = 0; i < count; i++)
        {
            indexes[i] = new LogIndex(BinaryPrimitives.ReadInt64LittleEndian(rest[(i * sizeof(long))..]));
            if (i > 0 && indexes[i] <= indexes[i - 1])
                return false;
        }
        rest = rest[(count * sizeof(long))..];
        return true;
    }
}
