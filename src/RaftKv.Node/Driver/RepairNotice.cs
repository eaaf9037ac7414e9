using RaftKv.Raft;

namespace RaftKv.Node.Driver;

/// <summary>What members tell each other so that a damaged log is mended, outside of the protocol. A closed family.</summary>
/// <param name="group">The group.</param>
public abstract class RepairNotice(GroupId group)
{
    /// <summary>The group.</summary>
    public GroupId Group { get; } = group;
}
