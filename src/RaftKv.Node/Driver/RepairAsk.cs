using RaftKv.Node.Persistence;
using RaftKv.Raft;

namespace RaftKv.Node.Driver;

/// <summary>A member with a damaged log asks for entries.</summary>
/// <param name="group">The group.</param>
/// <param name="hole">What it lacks.</param>
public sealed class RepairAsk(GroupId group, LogHole hole) : RepairNotice(group)
{
    /// <summary>What it lacks.</summary>
    public LogHole Hole { get; } = hole;
}
