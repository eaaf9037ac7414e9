using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using RaftKv.Node.Driver;
using RaftKv.Node.Transport;
using RaftKv.Raft;
using RaftKv.Storage.Disk;

namespace RaftKv.Node;

/// <summary>
/// How a node, or a host with many groups, is set up. With <see cref="DataDirectory"/> alone it is the only member of its cluster.
/// </summary>
/// <remarks>
/// A <see cref="NodeHost"/> bounds requests by their number in each group, and by <see cref="MemoryBytesMax"/> in all of them together, so that
/// a group that is stuck leaves room for the others.
/// </remarks>
public sealed class RaftNodeOptions
{
    /// <summary>This member's number within the cluster.</summary>
    /// <value>1 or more, never reused for another member of the cluster; default 1.</value>
    public NodeId NodeId { get; init; } = new(1);

    /// <summary>The cluster's name. A node refuses directories and connections of any other cluster.</summary>
    /// <value>1 to 64 printable ASCII characters; default <c>raftkv</c>.</value>
    public string ClusterId { get; init; } = "raftkv";

    /// <summary>The directory with this member's identity, log and store; created when absent. Or set <see cref="Storage"/>.</summary>
    public string? DataDirectory { get; init; }

    /// <summary>
    /// The directory as an object, in place of <see cref="DataDirectory"/>, for disks that are simulated or wrapped. The caller
    /// keeps it and disposes of it after the node has stopped.
    /// </summary>
    public IStorageDirectory? Storage { get; init; }

    /// <summary>Where the other members reach this one. Port 0 takes any free port.</summary>
    /// <value>Default null: no socket is opened, which only a sole member can do.</value>
    public IPEndPoint? Listen { get; init; }

    /// <summary>A bound socket to listen on, in place of <see cref="Listen"/>; the node owns and closes it.</summary>
    public Socket? ListenSocket { get; init; }

    /// <summary>
    /// Every voting member with its address, this one included; an <see cref="IPEndPoint"/> or a <see cref="DnsEndPoint"/>.
    /// </summary>
    /// <value>Default empty: this node is the only member. All members must be given the same numbers.</value>
    /// <remarks>
    /// They found the cluster. In a directory that is in use the members on record count, as <see cref="RaftNode.Members"/> changed
    /// them; an address given here then matters only where none is on record.
    /// </remarks>
    public IReadOnlyDictionary<NodeId, EndPoint> Members { get; init; } = new Dictionary<NodeId, EndPoint>();

    /// <summary>
    /// Whether this node founds nothing but waits until a cluster that exists adds it with <see cref="ClusterMembers.AddAsync"/>.
    /// </summary>
    /// <value>Default false. Needs an address to listen on. In a directory that is in use it changes nothing.</value>
    public bool JoinsExisting { get; init; }

    /// <summary>
    /// A member of a cluster that exists, any one of them, through which this node asks to be added, as by
    /// <see cref="ClusterMembers.AddAsync"/>; it goes on asking until it is. Implies <see cref="JoinsExisting"/>.
    /// </summary>
    /// <value>
    /// Default null. An <see cref="IPEndPoint"/> or a <see cref="DnsEndPoint"/>. In a directory whose member was added before it changes
    /// nothing, so that it can stay when the node is started again.
    /// </value>
    /// <remarks>
    /// Whoever is in the same cluster by name, and with <see cref="Certificates"/> by a certificate that names cluster and number, is
    /// let in. Why one was not is in the log.
    /// </remarks>
    public EndPoint? JoinThrough { get; init; }

    /// <summary>Where the others reach this node, as it tells them when it joins by <see cref="JoinThrough"/>.</summary>
    /// <value>Default null: where it listens, which must then be an address of its own and not <see cref="IPAddress.Any"/>.</value>
    public EndPoint? Address { get; init; }

    /// <summary>The unit of the protocol's time.</summary>
    /// <value>Default 100 ms; 1 ms to 10 s.</value>
    /// <remarks>
    /// A leader is given up after <see cref="ElectionTicks"/> of these without a word from it. Too small: elections during
    /// pauses of the process or the disk. Too large: slow fail-over.
    /// </remarks>
    public TimeSpan TickInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Ticks without word from a leader before this node campaigns (Raft 5.2).</summary>
    /// <value>Ticks; default 10; more than <see cref="HeartbeatTicks"/>, ten times it is usual.</value>
    /// <remarks>
    /// Each node draws how long it waits: up to half as long again while it has a leader, up to twice as long at the start and after an
    /// election that was not won, so that split votes resolve. With two followers the first campaigns within 1.15 times this in half of
    /// all cases. The spread should be ten times what a message takes and more (thesis 9).
    /// </remarks>
    public int ElectionTicks { get; init; } = 10;

    /// <summary>Ticks between a leader's heartbeats (Raft 5.2).</summary>
    /// <value>Ticks; default 1.</value>
    public int HeartbeatTicks { get; init; } = 1;

    /// <summary>Ticks that this node waits beyond the others before it campaigns, so that others lead if any of them can.</summary>
    /// <value>
    /// Ticks; default 0, which means no preference; up to 10,000. Each node has its own: 0 where the leader belongs, twice
    /// <see cref="ElectionTicks"/> where it should be only for want of others. Too large: slow fail-over when only such nodes are left.
    /// </value>
    /// <remarks>
    /// It decides who comes first when a leader is missing and costs no availability. A leader stays where it is until it is moved
    /// (<see cref="RaftNode.TransferLeadershipAsync"/>).
    /// </remarks>
    public int ElectionDelayTicks { get; init; }

    /// <summary>
    /// Whether a leader answers linearizable reads at once, without a round to the others, while a majority's promise not to elect
    /// anybody else lasts (Raft thesis 6.4.1). All members must agree on it.
    /// </summary>
    /// <value>Default false.</value>
    /// <remarks>
    /// With it reads are linearizable only while the clocks of the members run equally fast within two ticks in an election timeout; a
    /// pause of the process does no harm. A member that has just started, or lost its leader, votes later.
    /// </remarks>
    public bool LeaseReads { get; init; }

    /// <summary>
    /// Ticks without work after which a leader puts its group to rest: heartbeats and elections stop until something happens. For
    /// hosts of many groups, most of them idle.
    /// </summary>
    /// <value>Ticks; default 0, which never rests; at least 0. Ten times <see cref="ElectionTicks"/> is usual.</value>
    /// <remarks>
    /// While a group rests nobody notices that its leader is gone; the first request brings an election about. Too small: a group with
    /// a little work falls asleep and wakes all the time. Too large: idle groups go on heartbeating.
    /// </remarks>
    public int QuiesceTicks { get; init; }

    /// <summary>How long a proposal or a read may take before it fails; counted in ticks, rounded up.</summary>
    /// <value>Default 5 s; at least one tick. Too small: writes end as <see cref="WriteOutcome.Unknown"/> during a fail-over.</value>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long stopping may wait for requests under way, and a leader for another member to lead in its place; counted in ticks,
    /// rounded up.
    /// </summary>
    /// <value>
    /// Default 5 s; 0 to one hour. Too small: writes under way end as <see cref="WriteOutcome.Unknown"/>, and the others notice the
    /// loss of their leader by its silence only. Too large: a stop without a majority of members lasts as long as its requests.
    /// </value>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The largest payload of one proposal.</summary>
    /// <value>Bytes; default 1.5 MiB; 1 to 64 MiB. Larger ones are refused as <see cref="RaftKvError.TooLarge"/>.</value>
    public int PayloadBytesMax { get; init; } = 3 * 512 * 1024;

    /// <summary>How many proposals may wait on this node for their results.</summary>
    /// <value>Default 65,536. Beyond it a proposal is answered <see cref="RaftKvError.Busy"/> at once.</value>
    /// <remarks>
    /// While the oldest has waited for more than half of <see cref="RequestTimeout"/> fewer may wait, down to a 64th: a queue that takes
    /// longer than the time-out would let everything in it time out.
    /// </remarks>
    public int PendingProposalsMax { get; init; } = 65_536;

    /// <summary>How many reads may wait on this node for their confirmation.</summary>
    /// <value>Default 65,536. Beyond it a read is answered <see cref="RaftKvError.Busy"/> at once.</value>
    public int PendingReadsMax { get; init; } = 65_536;

    /// <summary>
    /// How much may be held in memory for requests, messages and entries, of all groups and all peers together.
    /// </summary>
    /// <value>
    /// Bytes; default 256 MiB; at least sixteen times <see cref="PayloadBytesMax"/> and a mebibyte, and six times for each other member.
    /// </value>
    /// <remarks>
    /// Each part of it has its share. Where that is in use, a request is answered <see cref="RaftKvError.Busy"/> at once, messages
    /// to a peer are dropped, which the protocol repeats later, connections are not read from, and entries wait in the log until there is
    /// room to apply them. A group, or a peer, that is stuck leaves room for the others; only a page with each machine, of one entry at
    /// least, is there in any case. Too small: refusals under load, and much is read back from the log. docs/operations.md says how to
    /// choose it, and what else takes memory.
    /// </remarks>
    public long MemoryBytesMax { get; init; } = 256L * 1024 * 1024;

    /// <summary>The certificates for connections between members, which are then secured by TLS 1.3 on both sides.</summary>
    /// <value>Default null: no TLS. All members must agree on it.</value>
    public ICertificateSource? Certificates { get; init; }

    /// <summary>How fast at least entries are read back from the log for members that are behind, all groups together.</summary>
    /// <value>Bytes per second; default 32 MiB; 0 for as fast as it goes.</value>
    /// <remarks>
    /// Eight times the rate of live writes is always allowed, so that whoever is behind arrives. Too small: members are behind for
    /// longer. Too large: live writes suffer while a member catches up.
    /// </remarks>
    public long CatchUpBytesPerSecond { get; init; } = 32L * 1024 * 1024;

    /// <summary>
    /// How much of the log is kept for members that lag, when the machine is an <see cref="ISnapshotMachine"/>. A member further behind gets
    /// the machine's state instead.
    /// </summary>
    /// <value>
    /// Bytes of entries; default 256 MiB; 0 or more. Too small: a short absence costs a whole state. Too large: disk space, and a member
    /// that could be given state reads a long log. What the own machine still needs is kept in any case.
    /// </value>
    public long LogBytesKeptMax { get; init; } = 256L * 1024 * 1024;

    /// <summary>The oldest format of commands that the machines of this build read.</summary>
    /// <value>
    /// 1 to 65,535; default 1. A cluster is founded with one build: its members write in this format until a newer one is active. A member
    /// that has to apply commands of an older format stops with <see cref="RaftKvError.FormatNotSpoken"/>.
    /// </value>
    public int FormatMin { get; init; } = 1;

    /// <summary>The newest format of commands that the machines of this build read, and write once it is active.</summary>
    /// <value>1 to 65,535; default 1; at least <see cref="FormatMin"/>.</value>
    /// <remarks>
    /// For rolling upgrades: count one more when a machine gives commands, their answers' effects or its travelling state a new form. The
    /// members tell each other what their builds speak, and once all speak something newer, the leader activates it by an entry of the log;
    /// <see cref="RaftNodeStatus.ActiveFormat"/> says from then on that it may be proposed, and <see cref="Command.Format"/> with each
    /// command what was active where it stands, on all members alike. From then on a build that does not speak it can no longer take
    /// part: it stops, or is refused, with <see cref="RaftKvError.FormatNotSpoken"/>.
    /// </remarks>
    public int FormatMax { get; init; } = 1;

    /// <summary>Whether this member, when it leads, activates a newer format as soon as every member speaks it.</summary>
    /// <value>
    /// Default true. When false the format stays until <see cref="ClusterMembers.ActivateFormatAsync"/>, and the former build can still be
    /// put back. Set it alike on all members, for any may lead.
    /// </value>
    public bool ActivatesFormats { get; init; } = true;

    /// <summary>
    /// How often a leader has the members compare a slice of their states, if the machine is an <see cref="IAttestedMachine"/>; counted in
    /// ticks, rounded up. A member whose state differs is rebuilt from another's.
    /// </summary>
    /// <value>
    /// Default 5 s; 0 for never, else a tick to one day. Too small: reading and hashing cost more. Too large: it takes longer until all of
    /// the state was compared. Set it alike on all members, for any may lead.
    /// </value>
    public TimeSpan AttestationInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Where time comes from.</summary>
    /// <value>Default <see cref="TimeProvider.System"/>.</value>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Where log messages go.</summary>
    /// <value>Default null: nowhere.</value>
    public ILoggerFactory? LoggerFactory { get; init; }

    /// <summary>Whether a fresh directory is that of a node without a configuration, which waits to be added.</summary>
    internal bool FoundsNothing => JoinsExisting || JoinThrough is not null;

    /// <summary>The log formats that this build speaks.</summary>
    internal LogFormatRange Formats => LibraryFormat.With(FormatMin, FormatMax);

    /// <summary>The members' numbers, this one's at least.</summary>
    internal NodeId[] AllMembers() => Members.Count > 0 ? [.. Members.Keys] : [NodeId];
}
