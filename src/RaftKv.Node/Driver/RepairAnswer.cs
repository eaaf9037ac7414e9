using RaftKv.Node.Persistence;
using RaftKv.Raft;

namespace RaftKv.Node.Driver;

/// <summary>The answer to a <see cref="RepairAsk"/>.</summary>
/// <param name="group">The group.</param>
/// <param name="hole">What was asked for.</param>
/// <param name="entries">The first of the entries; none when the asked member does not have them.</param>
public sealed class RepairAnswer(GroupId group, LogHole hole, ReadOnlyMemory<Entry> entries) : RepairNotice(group)
{
    /// <summary>What was asked for.</summary>
    public LogHole Hole { get; } = hole;

    /// <summary>The first of the entries; none when the asked member does not have them.</summary>
    public ReadOnlyMemory<Entry> Entries { get; } = entries;
}
