using RaftKv.Raft;

namespace RaftKv.Node.Transport;

/// <summary>Opens this node's state for members that fall too far behind. Called from connections' tasks, several at a time.</summary>
public interface ISnapshotSource
{
    /// <summary>Opens the newest state of a group.</summary>
    /// <param name="group">The group; it may be one that this node does not carry.</param>
    /// <param name="atLeast">The state must include this position.</param>
    /// <returns>The opened state, which the caller disposes of; null when this node has none that includes the position.</returns>
    /// <remarks>An exception refuses the one who asked, with its message; nothing else comes of it.</remarks>
    ISnapshotReader? Open(GroupId group, LogPosition atLeast);
}
