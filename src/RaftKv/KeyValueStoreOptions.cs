using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using RaftKv.Commands;
using RaftKv.Node;
using RaftKv.Node.Transport;
using RaftKv.Raft;
using RaftKv.Storage.Disk;

namespace RaftKv;

/// <summary>How a store is set up. With <see cref="DataDirectory"/> alone it is the only member of its cluster.</summary>
public sealed class KeyValueStoreOptions
{
    /// <summary>The directory with this member's identity, log and store; created when absent. Or set <see cref="Storage"/>.</summary>
    public string? DataDirectory { get; init; }

    /// <summary>
    /// The directory as an object, in place of <see cref="DataDirectory"/>, for disks that are simulated or wrapped. The caller
    /// keeps it and disposes of it after the store was closed.
    /// </summary>
    public IStorageDirectory? Storage { get; init; }

    /// <summary>The cluster's name. A member refuses directories and connections of any other cluster.</summary>
    /// <value>1 to 64 printable ASCII characters without spaces; default <c>raftkv</c>.</value>
    public string ClusterId { get; init; } = "raftkv";

    /// <summary>This member's number within the cluster.</summary>
    /// <value>1 or more, never reused for another member of the cluster; default 1.</value>
    public NodeId NodeId { get; init; } = new(1);

    /// <summary>Where the other members reach this one. Port 0 takes any free port.</summary>
    /// <value>Default null: no socket is opened, which only a sole member can do.</value>
    public IPEndPoint? Listen { get; init; }

    /// <summary>A bound socket to listen on, in place of <see cref="Listen"/>; the store owns and closes it.</summary>
    public Socket? ListenSocket { get; init; }

    /// <summary>Every voting member with its address, this one included; the same on all members.</summary>
    /// <value>Default empty: this member is the only one.</value>
    public IReadOnlyDictionary<NodeId, EndPoint> Members { get; init; } = new Dictionary<NodeId, EndPoint>();

    /// <summary>The unit of the protocol's time; elections start after ten of these without a word from the leader.</summary>
    /// <value>Default 100 ms; 1 ms to 10 s. Too small: elections during pauses. Too large: slow fail-over.</value>
    public TimeSpan TickInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Units of <see cref="TickInterval"/> that this member waits beyond the others before it campaigns, so that others lead if any can.
    /// </summary>
    /// <value>Default 0, which means no preference; up to 10,000; 20 where the leader should be only for want of others.</value>
    public int ElectionDelayTicks { get; init; }

    /// <summary>How long one request may take before it fails.</summary>
    /// <value>Default 5 s. Too small: writes end as <see cref="WriteOutcome.Unknown"/> during a fail-over.</value>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest key that may be written.</summary>
    /// <value>Bytes; default 32 KiB; 1 to 32 KiB.</value>
    public int KeyBytesMax { get; init; } = KeyBytesLimit;

    /// <summary>The largest request, encoded: its keys, its values and a few bytes for each operation.</summary>
    /// <value>Bytes; default 1.5 MiB; 1 KiB to 16 MiB. Larger requests hold up the smaller ones behind them.</value>
    public int RequestBytesMax { get; init; } = 3 * 512 * 1024;

    /// <summary>Most comparisons, or operations in one branch, of a transaction together with those it is nested in.</summary>
    /// <value>Default 128, as in etcd; 1 to 250.</value>
    public int TransactionOperationsMax { get; init; } = 128;

    /// <summary>How much may be held in memory for requests, messages and log entries; beyond it requests are refused as busy.</summary>
    /// <value>
    /// Bytes; default 256 MiB; at least sixteen times <see cref="RequestBytesMax"/> and a mebibyte, and six times for each other member.
    /// Beside it come <see cref="CacheBytes"/> and the runtime's own. See <see cref="RaftNodeOptions.MemoryBytesMax"/>.
    /// </value>
    public long MemoryBytesMax { get; init; } = 256L * 1024 * 1024;

    /// <summary>Memory for pages of the store.</summary>
    /// <value>Bytes; default 64 MiB; at least 1 MiB. Too small: reads go to the disk.</value>
    public long CacheBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>How much is applied before the store writes a checkpoint of itself.</summary>
    /// <value>
    /// Bytes of commands, and a quarter of the pages that a restart would have to read to apply them again; default 64 MiB; at least 64 KiB.
    /// Too small: more writing. Too large: slower restarts, more log.
    /// </value>
    public long CheckpointBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>How long closing the store may wait for requests under way, and a leader for another member to lead in its place.</summary>
    /// <value>Default 5 s; 0 to one hour. Too small: writes under way end as <see cref="WriteOutcome.Unknown"/>.</value>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Whether this member founds nothing but waits until a cluster that exists adds it (<see cref="KeyValueStore.Members"/>).</summary>
    /// <value>Default false. Needs an address to listen on.</value>
    public bool JoinsExisting { get; init; }

    /// <summary>
    /// A member of a cluster that exists, any one of them, through which this member asks to be added; it goes on asking until it is.
    /// Implies <see cref="JoinsExisting"/>.
    /// </summary>
    /// <value>Default null. In the directory of a member that was added before it changes nothing, so that it can stay.</value>
    public EndPoint? JoinThrough { get; init; }

    /// <summary>Where the others reach this member, as it tells them when it joins by <see cref="JoinThrough"/>.</summary>
    /// <value>Default null: where it listens.</value>
    public EndPoint? Address { get; init; }

    /// <summary>The certificates for connections between members, which are then secured by TLS 1.3 on both sides.</summary>
    /// <value>Default null: no TLS. All members must agree on it.</value>
    public ICertificateSource? Certificates { get; init; }

    /// <summary>How much of the log is kept for members that lag; one further behind gets a copy of the store instead.</summary>
    /// <value>Bytes; default 256 MiB; 0 or more.</value>
    public long LogBytesKeptMax { get; init; } = 256L * 1024 * 1024;

    /// <summary>Whether this member, when it leads, activates a newer log format as soon as every member's build speaks it.</summary>
    /// <value>
    /// Default true. When false it waits for <see cref="ClusterMembers.ActivateFormatAsync"/>, and the build before can still be put back. Set
    /// it alike on all members.
    /// </value>
    public bool ActivatesFormats { get; init; } = true;

    /// <summary>
    /// How often the members compare a slice of their stores, of a few megabytes; one whose store differs from that of the majority is rebuilt.
    /// </summary>
    /// <value>Default 5 s; 0 for never, up to one day. Too large: it takes longer until the whole store was compared.</value>
    public TimeSpan AttestationInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Where time comes from.</summary>
    /// <value>Default <see cref="TimeProvider.System"/>.</value>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Where log messages go.</summary>
    /// <value>Default null: nowhere.</value>
    public ILoggerFactory? LoggerFactory { get; init; }

    internal const int KeyBytesLimit = 32 * 1024;
    internal const int RequestBytesLimit = 16 * 1024 * 1024;
    internal const int TransactionOperationsLimit = 250;

    /// <summary>What the node needs to know of these options.</summary>
    internal RaftNodeOptions ForNode() => new()
    {
        NodeId = NodeId,
        ClusterId = ClusterId,
        DataDirectory = DataDirectory,
        Storage = Storage,
        Listen = Listen,
        ListenSocket = ListenSocket,
        Members = Members,
        TickInterval = TickInterval,
        ElectionDelayTicks = ElectionDelayTicks,
        RequestTimeout = RequestTimeout,
        StopTimeout = StopTimeout,
        JoinsExisting = JoinsExisting,
        JoinThrough = JoinThrough,
        Address = Address,
        Certificates = Certificates,
        LogBytesKeptMax = LogBytesKeptMax,
        PayloadBytesMax = RequestBytesMax,
        MemoryBytesMax = MemoryBytesMax,
        FormatMin = CommandCodec.Version,
        FormatMax = CommandCodec.Version,
        ActivatesFormats = ActivatesFormats,
        AttestationInterval = AttestationInterval,
        TimeProvider = TimeProvider,
        LoggerFactory = LoggerFactory,
    };

    /// <summary>One sentence for each mistake among the options that the façade adds; the node checks its own.</summary>
    internal IEnumerable<string> Mistakes()
    {
        if (KeyBytesMax is < 1 or > KeyBytesLimit)
            yield return $"KeyBytesMax is {KeyBytesMax}, but must be between 1 and {KeyBytesLimit}.";
        if (RequestBytesMax is < 1024 or > RequestBytesLimit)
            yield return $"RequestBytesMax is {RequestBytesMax}, but must be between 1024 and {RequestBytesLimit}.";
        if (TransactionOperationsMax is < 1 or > TransactionOperationsLimit)
            yield return $"TransactionOperationsMax is {TransactionOperationsMax}, but must be between 1 and {TransactionOperationsLimit}.";
        if (CacheBytes < 1024 * 1024)
            yield return $"CacheBytes is {CacheBytes}, but must be at least {1024 * 1024}.";
        if (CheckpointBytes < 64 * 1024)
            yield return $"CheckpointBytes is {CheckpointBytes}, but must be at least {64 * 1024}.";
    }
}
