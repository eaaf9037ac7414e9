using RaftKv.Raft;
using RaftKv.Raft.Membership;

namespace RaftKv.Node.Driver;

/// <summary>What a driver needs to know of its node.</summary>
public sealed class NodeDriverOptions
{
    /// <summary>This member.</summary>
    public required NodeId Self { get; init; }

    /// <summary>The group; the same as the core's.</summary>
    /// <value>Default 0.</value>
    public GroupId Group { get; init; }

    /// <summary>This member's disk identity.</summary>
    /// <value>Default 0: none is stated; the same as the core's.</value>
    public long Incarnation { get; init; }

    /// <summary>
    /// The entry of the last committed configuration found at start that has this member; null when there was none, because it has
    /// not been admitted yet. See <see cref="Persistence.EntryStore.AdmittedAt"/>.
    /// </summary>
    public LogIndex? AdmittedAt { get; init; }

    /// <summary>Whether a damaged log tells all the same that this member was removed; then it is not mended.</summary>
    /// <value>Default false; see <see cref="Persistence.EntryRepair.IsRemoved"/>.</value>
    public bool IsRemoved { get; init; }

    /// <summary>
    /// Hears of every configuration that takes effect, the first one included, on the driver's thread: whoever owns the transport keeps
    /// its peers by it. Must not call back into the driver.
    /// </summary>
    /// <value>Default null.</value>
    public Action<Configuration>? MembersChanged { get; init; }

    /// <summary>This run of the member; the same as the core's.</summary>
    public required long Session { get; init; }

    /// <summary>What damage took from the log; the driver has it mended first, see <see cref="NodeDriver.IsMended"/>.</summary>
    /// <value>Default nothing.</value>
    public Persistence.GroupDamage Damage { get; init; } = Persistence.GroupDamage.None;

    /// <summary>Whether the machine's state is not to be trusted; the driver has it rebuilt first, see <see cref="NodeDriver.IsMended"/>.</summary>
    /// <value>Default false; see <see cref="Persistence.StateReplacement.IsDistrusted"/>.</value>
    public bool IsDistrusted { get; init; }

    /// <summary>How often the machine's state was rebuilt since the whole of it was last found sound.</summary>
    /// <value>Default 0; see <see cref="Persistence.StateReplacement.Rebuilds"/>.</value>
    public int Rebuilds { get; init; }

    /// <summary>Ticks between two slices of the state that a leader has the members compare.</summary>
    /// <value>Ticks; default 0: none are compared.</value>
    public int AttestationTicks { get; init; }

    /// <summary>Ticks without word from a leader before a member campaigns; the same as the core's.</summary>
    /// <value>Ticks; default 10.</value>
    public int ElectionTicks { get; init; } = 10;

    /// <summary>Ticks before a request is given up.</summary>
    /// <value>Ticks; default 50; at least 1.</value>
    public int RequestTicks { get; init; } = 50;

    /// <summary>Ticks before a stop no longer waits for requests under way and for another leader.</summary>
    /// <value>Ticks; default 50; 0 stops at once.</value>
    public int StopTicks { get; init; } = 50;

    /// <summary>The last command the machine held durably at start.</summary>
    public LogPosition MachineDurable { get; init; }

    /// <summary>Whether the machine gives its state to other members (<see cref="ISnapshotMachine"/>).</summary>
    /// <value>Default false: the log is kept for as long as any member lacks it.</value>
    public bool GivesState { get; init; }

    /// <summary>How much log is kept for members that lag, if they can be given state instead.</summary>
    /// <value>Bytes of entries; default 256 MiB; 0 keeps none.</value>
    public long LogBytesKeptMax { get; init; } = 256L * 1024 * 1024;

    /// <summary>How many entries at least are given up at a time, so that the log is not cut by single entries.</summary>
    /// <value>Entries; default 4,096; at least 1.</value>
    public long ReleaseEntriesMin { get; init; } = 4096;
}
