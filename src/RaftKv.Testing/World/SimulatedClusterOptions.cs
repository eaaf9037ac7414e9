using RaftKv.Node;
using RaftKv.Raft;
using RaftKv.Storage.Disk;
using RaftKv.Storage.Wal;

namespace RaftKv.Testing.World;

/// <summary>How a simulated cluster is set up.</summary>
public sealed class SimulatedClusterOptions
{
    /// <summary>Decides everything that chance decides.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Opens a member's machine in its directory <c>store</c>; called at every start of a member.</summary>
    public required Func<NodeId, IStorageDirectory, IStateMachine> OpenMachine { get; init; }

    /// <summary>How many members vote.</summary>
    /// <value>Default 3; at least 1.</value>
    public int Members { get; init; } = 3;

    /// <summary>The unit of the protocol's time.</summary>
    /// <value>Microseconds; default 100,000. Each member's clock runs up to 2 % fast or slow.</value>
    public long TickMicros { get; init; } = 100_000;

    /// <summary>Ticks before a proposal or a read is given up.</summary>
    /// <value>Ticks; default 50.</value>
    public int RequestTicks { get; init; } = 50;

    /// <summary>The longest time a write of the log takes.</summary>
    /// <value>Microseconds; default 2,000.</value>
    public long DiskMicrosMax { get; init; } = 2_000;

    /// <summary>Bytes of a log segment.</summary>
    /// <value>Bytes; default and least 64 KiB, so that short runs switch segments.</value>
    public long SegmentBytes { get; init; } = 64 * 1024;

    /// <summary>Log entries that are given up at a time at least.</summary>
    /// <value>Entries; default 32, so that short runs give up some.</value>
    public long ReleaseEntriesMin { get; init; } = 32;

    /// <summary>How much log is kept for members that lag, when machines give state (<see cref="ISnapshotMachine"/>).</summary>
    /// <value>Bytes of entries; default 256 MiB.</value>
    public long LogBytesKeptMax { get; init; } = 256L * 1024 * 1024;

    /// <summary>The log formats that members speak at their first start (<see cref="SimulatedNode.Formats"/>).</summary>
    /// <value>Default 1.1 alone.</value>
    public LogFormatRange Formats { get; init; } = LogFormatRange.First;

    /// <summary>Whether a leader activates a newer log format as soon as every member speaks it.</summary>
    /// <value>Default true.</value>
    public bool RaisesFormat { get; init; } = true;

    /// <summary>
    /// Ticks between two slices of the state that a leader has the members compare, if the machine is an <see cref="IAttestedMachine"/> and
    /// <see cref="Formats"/> reach to 2 of the library's.
    /// </summary>
    /// <value>Ticks; default 0: none are compared.</value>
    public int AttestationTicks { get; init; }

    /// <summary>Entry bytes that a member keeps in memory once they are committed (<see cref="RaftOptions.EntryWindowBytes"/>).</summary>
    /// <value>Bytes; default 1 MiB, as in production. With less, more is read back from the log.</value>
    public long EntryWindowBytes { get; init; } = UsualEntryWindowBytes;

    internal const long UsualEntryWindowBytes = 1L << 20;

    // A log that is made anew at a later start has another identity, as in life.
    internal WalOptions Log(NodeId member, long boot) => new()
    {
        SegmentBytes = SegmentBytes, Identity = (boot << 32) | member.Value, PreparesAhead = false, KeepWhatFollowsDamage = true,
    };
}
