using RaftKv.Raft;

namespace RaftKv.Node.Driver;

/// <summary>What a driver needs to know of its node.</summary>
public sealed class NodeDriverOptions
{
    /// <summary>This member.</summary>
    public required NodeId Self { get; init; }

    /// <summary>The group; the same as the core's.</summary>
    /// <value>Default 0.</value>
    public GroupId Group { get; init; }

    /// <summary>Every member, this one included. The log is kept for as long as one of them may need it.</summary>
    public required IReadOnlyList<NodeId> Members { get; init; }

    /// <summary>This run of the member; the same as the core's.</summary>
    public required long Session { get; init; }

    /// <summary>Ticks before a request is given up.</summary>
    /// <value>Ticks; default 50; at least 1.</value>
    public int RequestTicks { get; init; } = 50;

    /// <summary>Ticks before a stop no longer waits for requests under way and for another leader.</summary>
    /// <value>Ticks; default 50; 0 stops at once.</value>
    public int StopTicks { get; init; } = 50;

    /// <summary>The last command the machine held durably at start.</summary>
    public LogPosition MachineDurable { get; init; }

    /// <summary>How many entries at least are given up at a time, so that the log is not cut by single entries.</summary>
    /// <value>Entries; default 4,096; at least 1.</value>
    public long ReleaseEntriesMin { get; init; } = 4096;
}
