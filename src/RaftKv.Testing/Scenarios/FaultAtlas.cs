using RaftKv.Raft;

namespace RaftKv.Testing.Scenarios;

/// <summary>
/// What was destroyed where. Damage that no quorum could outlive is not done: so whatever is lost in the end is a bug, not bad luck.
/// </summary>
/// <param name="members">How many members there are.</param>
internal sealed class FaultAtlas(int members)
{
    private readonly SortedSet<NodeId> _damaged = [];

    /// <summary>Members whose stored state was damaged. They may refuse to work, and must not work wrongly.</summary>
    public IReadOnlyCollection<NodeId> Damaged => _damaged;

    /// <summary>Whether a member's stored state may be damaged: a quorum must be left that never was.</summary>
    public bool TryDamage(NodeId member)
    {
        if (!_damaged.Contains(member) && _damaged.Count >= (members - 1) / 2)
            return false;
        _damaged.Add(member);
        return true;
    }
}
