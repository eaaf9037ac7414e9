using RaftKv.Raft;

namespace RaftKv.Testing.World;

/// <summary>What a simulated member's machine is like at the moment; may change at any time.</summary>
public sealed class NodeConditions
{
    /// <summary>How long a tick takes on this member's clock.</summary>
    /// <value>Microseconds; set at the start to the cluster's tick, up to 2 % more or less.</value>
    public long TickMicros { get; set; }

    /// <summary>The longest time a write of the log takes.</summary>
    /// <value>Microseconds; set at the start to <see cref="SimulatedClusterOptions.DiskMicrosMax"/>.</value>
    public long DiskMicrosMax { get; set; }

    /// <summary>
    /// How many bytes of entries the member's host leaves to it, each for those in memory, those with the machine, and those on their way to the
    /// disk (<see cref="EntryLimits"/>).
    /// </summary>
    /// <value>Bytes; default null: as many as a core takes by itself. 0 refuses new entries.</value>
    public long? EntryBytesMax { get; set; }

    /// <summary>Whether writes of the log do not return. They go on when this ends.</summary>
    /// <value>Default false.</value>
    public bool DiskHangs { get; set; }
}
