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
/// version: 1 byte (3), flags: 1 byte (1: doubtful, 2: distrusted, times 4: how often the machine's state was rebuilt), epoch, moved to,
/// term, voted for, commit, base term, base index: 8 bytes each, how many entries carry configurations: 4 bytes, their indexes: 8 bytes
/// each, ascending, length of a position with its configuration whose state is being installed, 0 for none: 4 bytes, its term and index:
/// 8 bytes each, its configuration, then the configuration as of the base. Little-endian.
/// </code>
/// Version 1 had nothing between the base and its configuration, and like version 2 neither flags nor epoch. The log's own checksum
/// covers it.
/// </remarks>
internal sealed record NodeState(HardState HardState, LogPosition Base, Configuration Configuration)
{
    private const byte Version = 3;
    private const int FixedBytes = 58;
    private const int DamageBytes = 17;
    private const int NumbersBytes = 40;
    private const byte DoubtfulFlag = 1;
    private const byte DistrustedFlag = 2;
    private const int RebuildsShift = 2;
    private const byte FlagsMax = DoubtfulFlag | DistrustedFlag | (RebuildsMax << RebuildsShift);

    /// <summary>As far as rebuilds are counted.</summary>
    public const int RebuildsMax = 3;

    /// <summary>The entries after the base that carry configurations, ascending.</summary>
    public LogIndex[] ConfigurationEntries { get; init; } = [];

    /// <summary>
    /// Whether damage may have taken more than is known: newer states, or last entries. Until the group has admitted it anew the member
    /// keeps silent.
    /// </summary>
    public bool IsDoubtful { get; init; }

    /// <summary>
    /// Whether the machine's state is not to be trusted: the member keeps silent until another's has taken its place.
    /// </summary>
    public bool IsDistrusted { get; init; }

    /// <summary>How often the machine's state was rebuilt since the whole of it was last found sound; counted up to a bound.</summary>
    public int Rebuilds { get; init; }

    /// <summary>
    /// Tells this group's log apart from one that the same disk held before and lost: it is part of the disk identity that the group's
    /// messages state. 0 while nothing was lost.
    /// </summary>
    public long Epoch { get; init; }

    /// <summary>
    /// The number under which the log holds the group since it was given up here, so that it begins afresh; 0 while it is here.
    /// </summary>
    public long MovedTo { get; init; }

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
        bytes[1] = (byte)((IsDoubtful ? DoubtfulFlag : 0) | (IsDistrusted ? DistrustedFlag : 0) | (Rebuilds << RebuildsShift));
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(2), Epoch);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(10), MovedTo);
        Span<byte> numbers = bytes.AsSpan(1 + DamageBytes);
        BinaryPrimitives.WriteInt64LittleEndian(numbers, HardState.Term.Value);
        BinaryPrimitives.WriteInt64LittleEndian(numbers[8..], HardState.VotedFor.Value);
        BinaryPrimitives.WriteInt64LittleEndian(numbers[16..], HardState.Commit.Value);
        BinaryPrimitives.WriteInt64LittleEndian(numbers[24..], Base.Term.Value);
        BinaryPrimitives.WriteInt64LittleEndian(numbers[32..], Base.Index.Value);
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
        if (bytes.Length < FixedBytes - DamageBytes || bytes[0] is < 1 or > Version)
            return null;
        byte version = bytes[0];
        int damageBytes = version < Version ? 0 : DamageBytes;
        if (bytes.Length < FixedBytes - DamageBytes + damageBytes || (damageBytes > 0 && bytes[1] > FlagsMax))
            return null;
        ReadOnlySpan<byte> numbers = bytes[(1 + damageBytes)..];
        ReadOnlySpan<byte> rest = numbers[NumbersBytes..];
        LogIndex[] indexes = [];
        PendingInstall? installing = null;
        if (version > 1 && !(TryReadIndexes(ref rest, out indexes) && PendingInstall.TryRead(ref rest, out installing)))
            return null;
        if (!ConfigurationCodec.TryDecode(rest, out Configuration configuration))
            return null;
        HardState hardState = new(
            new Term(BinaryPrimitives.ReadInt64LittleEndian(numbers)),
            new NodeId(BinaryPrimitives.ReadInt64LittleEndian(numbers[8..])),
            new LogIndex(BinaryPrimitives.ReadInt64LittleEndian(numbers[16..])));
        LogPosition start = new(
            new Term(BinaryPrimitives.ReadInt64LittleEndian(numbers[24..])),
            new LogIndex(BinaryPrimitives.ReadInt64LittleEndian(numbers[32..])));
        return new NodeState(hardState, start, configuration)
        {
            ConfigurationEntries = indexes,
            Installing = installing,
            IsDoubtful = damageBytes > 0 && (bytes[1] & DoubtfulFlag) != 0,
            IsDistrusted = damageBytes > 0 && (bytes[1] & DistrustedFlag) != 0,
            Rebuilds = damageBytes > 0 ? bytes[1] >> RebuildsShift : 0,
            Epoch = damageBytes > 0 ? BinaryPrimitives.ReadInt64LittleEndian(bytes[2..]) : 0,
            MovedTo = damageBytes > 0 ? BinaryPrimitives.ReadInt64LittleEndian(bytes[10..]) : 0,
        };
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
