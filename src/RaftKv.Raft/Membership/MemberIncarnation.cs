namespace RaftKv.Raft.Membership;

/// <summary>The disk identity under which a member was admitted.</summary>
/// <param name="Node">The member.</param>
/// <param name="Incarnation">Drawn when the member's disk was formatted; never 0.</param>
public readonly record struct MemberIncarnation(NodeId Node, long Incarnation)
{
    /// <summary>Member and incarnation with a colon between.</summary>
    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Node}:{Incarnation}");
}
