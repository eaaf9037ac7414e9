namespace RaftKv.Raft;

/// <summary>How one member behaves. Members may differ in every option; safety does not depend on any of them.</summary>
public sealed class RaftOptions
{
    /// <summary>This member.</summary>
    /// <value>At least 1; no default.</value>
    public required NodeId Self { get; init; }

    /// <summary>The group whose messages are taken; all others are refused.</summary>
    /// <value>Default 0.</value>
    public GroupId Group { get; init; }

    /// <summary>This run of the member, drawn anew at each start, so that answers to an earlier run are never taken for new ones.</summary>
    /// <value>Any number; default 0. With a number used before, a read could be answered by a reply to an earlier run.</value>
    public long Session { get; init; }

    /// <summary>Ticks without word from a leader before this member campaigns.</summary>
    /// <value>Ticks; default 10; must exceed <see cref="HeartbeatTicks"/>, ten times it is usual.</value>
    /// <remarks>
    /// Drawn afresh on every role change so that votes rarely split (Raft 5.2): from [n, 1.5 n) for a member that has a leader, so
    /// that the first of two followers campaigns within 1.15 n in half of all cases; from [n, 2 n) at the start and after an election that
    /// was not won. Too small: elections during collection or disk pauses, and split votes when messages take longer than the spread
    /// allows (thesis 9: ten times the broadcast time). Too large: slow fail-over.
    /// </remarks>
    public int ElectionTicks { get; init; } = 10;

    /// <summary>Ticks between a leader's heartbeats (Raft 5.2).</summary>
    /// <value>Ticks; default 1; at least 1. Too large: followers time out on one lost heartbeat.</value>
    public int HeartbeatTicks { get; init; } = 1;

    /// <summary>Whether a member asks if it could win before it raises its term (thesis 9.6).</summary>
    /// <value>Default true. Without it, a member that returns from a partition unseats a healthy leader.</value>
    public bool PreVote { get; init; } = true;

    /// <summary>
    /// Whether a leader that has not heard from a quorum for an election timeout steps down, and members in contact with a leader
    /// refuse to vote (thesis 6.2 and 4.2.3).
    /// </summary>
    /// <value>Default true. Without it, a leader that is cut off goes on accepting proposals it cannot commit.</value>
    public bool CheckQuorum { get; init; } = true;

    /// <summary>Ticks that this member waits beyond the others before it campaigns, so that preferred members come first.</summary>
    /// <value>Ticks; default 0, which means no preference. Too large: slow fail-over when only such members are left.</value>
    public int ElectionDelayTicks { get; init; }

    /// <summary>
    /// Ticks in which nothing happened after which a leader puts its group to rest: heartbeats and elections stop until somebody
    /// proposes, reads, changes, hands over or sends anything. A group rests only while every member was heard from lately and holds,
    /// knows as committed and has applied the whole log.
    /// </summary>
    /// <value>
    /// Ticks; default 0, which never rests; at least 0. Ten times <see cref="ElectionTicks"/> is usual. Too small: groups with a little
    /// work fall asleep and wake all the time, at the cost of a round. Too large: idle groups go on heartbeating.
    /// </value>
    /// <remarks>
    /// Not from the paper. While a group rests, nobody notices that a leader is gone: the first request is forwarded to it in vain, and
    /// an election follows within two election timeouts. Time must go on: a resting member is ticked like any other.
    /// </remarks>
    public int QuiesceTicks { get; init; }

    /// <summary>
    /// Whether a leader answers reads without a round while a quorum's promise not to elect anybody else lasts (thesis 6.4.1), and
    /// members keep that promise. All members must agree on it; it needs <see cref="CheckQuorum"/>.
    /// </summary>
    /// <value>Default false. With it, reads are linearizable only while clocks keep the bound of <see cref="LeaseDriftTicks"/>.</value>
    public bool LeaseReads { get; init; }

    /// <summary>By how many ticks clocks of two members may drift apart within one election timeout.</summary>
    /// <value>
    /// Ticks; default 2; at least 0, less than <see cref="ElectionTicks"/> - 2. Too small: a slow leader clock may serve a stale
    /// read. Too large: the lease is never held and reads take a round each.
    /// </value>
    public int LeaseDriftTicks { get; init; } = 2;

    /// <summary>The disk identity of this member, drawn when its disk was formatted.</summary>
    /// <value>
    /// Default 0, which states none. With it, a member that lost its disk is recognized: its votes and acknowledgements do not
    /// count until the leader has admitted it again.
    /// </value>
    public long Incarnation { get; init; }

    /// <summary>The formats that this build speaks.</summary>
    /// <value>
    /// Default 1.1 alone. The group's format (<see cref="Membership.Configuration.Format"/>) should be one of them: the caller looks, before
    /// it starts a member and whenever the configuration changes, and stops one whose build does not speak it.
    /// </value>
    public LogFormatRange Formats { get; init; } = LogFormatRange.First;

    /// <summary>
    /// Whether this member, when it leads, raises the group's format by itself as soon as every member has said that it speaks a newer one
    /// (<see cref="RaftCore.PeersSpeak"/>).
    /// </summary>
    /// <value>Default true. Without it the format stays until <see cref="RaftCore.RaiseFormat"/>, and builds can be taken back.</value>
    public bool RaisesFormat { get; init; } = true;

    /// <summary>The bound on entry bytes in one message.</summary>
    /// <value>
    /// Bytes; default 1 MiB; at least 1. One entry always fits. Too small: per-message cost dominates; too large: long head-of-line
    /// waits.
    /// </value>
    public int MessageBytesMax { get; init; } = 1 << 20;

    /// <summary>The bound on unanswered append messages per peer (thesis 10.2.1, pipelining).</summary>
    /// <value>Messages; default 256; at least 1. Too small: throughput bound by round trips; too large: memory at a slow peer.</value>
    public int InflightMessagesMax { get; init; } = 256;

    /// <summary>The bound on unanswered entry bytes per peer.</summary>
    /// <value>Bytes; default 16 MiB; at least 1. One message always fits. Too small and too large: as for messages.</value>
    public long InflightBytesMax { get; init; } = 16L << 20;

    /// <summary>
    /// The bound on a leader's entry bytes that are not committed; beyond it proposals are answered <see cref="ProposeStatus.Busy"/>.
    /// </summary>
    /// <value>
    /// Bytes; default 64 MiB; at least 1. An empty backlog always takes one batch. Too large: memory grows while a quorum is gone.
    /// </value>
    public long UncommittedBytesMax { get; init; } = 64L << 20;

    /// <summary>The bound on one proposal's payload.</summary>
    /// <value>Bytes; default 16 MiB; at least 1; larger ones are <see cref="ProposeStatus.TooLarge"/>.</value>
    public int EntryBytesMax { get; init; } = 16 << 20;

    /// <summary>The bound on entry bytes handed out for applying and not reported applied.</summary>
    /// <value>
    /// Bytes; default 8 MiB; at least 1. One entry always fits. Too small: the state machine idles; too large: memory. As much beyond
    /// <see cref="EntryWindowBytes"/> waits in memory to be committed and handed out; more is read back from the log when its turn comes.
    /// </value>
    public long ApplyBytesMax { get; init; } = 8L << 20;

    /// <summary>Entry bytes kept in memory after they were handed out for applying, to serve followers without reading the log.</summary>
    /// <value>Bytes; default 32 MiB; at least 0. Too small: followers a little behind cost disk reads.</value>
    public long EntryWindowBytes { get; init; } = 32L << 20;

    /// <summary>Ticks without word about a snapshot transfer before the leader offers it anew.</summary>
    /// <value>
    /// Ticks; default 100; at least 1. Too small: slow disks are asked twice; too large: a member whose report was lost waits.
    /// </value>
    public int SnapshotTicks { get; init; } = 100;

    /// <summary>The bound on reads that wait for a confirmation; beyond it reads are answered <see cref="ReadStatus.Busy"/>.</summary>
    /// <value>Reads; default 65,536; at least 1.</value>
    public int PendingReadsMax { get; init; } = 65_536;

    /// <summary>
    /// The bound on proposals forwarded to the leader and not answered; beyond it proposals are <see cref="ProposeStatus.Busy"/>.
    /// </summary>
    /// <value>Proposals; default 65,536; at least 1.</value>
    public int ForwardedProposalsMax { get; init; } = 65_536;

    /// <summary>How far ahead of this member's term a message may be before it is refused as damaged.</summary>
    /// <value>Terms; default 2^40; at least 1. Too small: a member that was away for long is locked out.</value>
    public long TermLeapMax { get; init; } = 1L << 40;

    /// <summary>
    /// Whether the whole log in memory, and all that is kept beside it, is compared with itself before each <see cref="Ready"/> leaves,
    /// and with what it was before: what was committed stays, and nobody writes to a payload that was handed over. What is found faults
    /// this member (<see cref="CoreFaulted"/>) before anything leaves it. Checks that cost no more than a comparison are always on.
    /// </summary>
    /// <value>
    /// Default: the switch <c>RaftKv.Audit</c> of <see cref="AppContext"/>, which is off unless the host turns it on. Every Ready then
    /// costs time in proportion to <see cref="EntryWindowBytes"/>: for tests and for the hunt for a bug, not for service.
    /// </value>
    public bool Audit { get; init; } = AppContext.TryGetSwitch("RaftKv.Audit", out bool isOn) && isOn;

    /// <summary>How many bytes of entries a core keeps before it is told other limits (<see cref="RaftCore.Limit"/>).</summary>
    public EntryLimits EntryLimits => new(EntryWindowBytes, ApplyBytesMax, UnwrittenBytes: long.MaxValue);

    /// <summary>Throws when an option is out of its range; nothing has changed then.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Self.Value, nameof(Self));
        ArgumentOutOfRangeException.ThrowIfNegative(Group.Value, nameof(Group));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(HeartbeatTicks);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(ElectionTicks, HeartbeatTicks);
        ArgumentOutOfRangeException.ThrowIfNegative(ElectionDelayTicks);
        ArgumentOutOfRangeException.ThrowIfNegative(QuiesceTicks);
        ArgumentOutOfRangeException.ThrowIfNegative(LeaseDriftTicks);
        ArgumentOutOfRangeException.ThrowIfNotEqual(Formats.IsValid, true, nameof(Formats));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(MessageBytesMax);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(InflightMessagesMax);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(InflightBytesMax);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(UncommittedBytesMax);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(EntryBytesMax);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(ApplyBytesMax);
        ArgumentOutOfRangeException.ThrowIfNegative(EntryWindowBytes);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(SnapshotTicks);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(PendingReadsMax);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(ForwardedProposalsMax);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(TermLeapMax);
    }
}
