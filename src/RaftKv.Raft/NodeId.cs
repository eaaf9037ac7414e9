using System.Globalization;

namespace RaftKv.Raft;

/// <summary>A member of a group, for life: a number is never given to another member.</summary>
/// <param name="Value">At least 1; 0 is nobody.</param>
public readonly record struct NodeId(long Value) : IComparable<NodeId>
{
    /// <summary>Nobody: no vote given, no leader known.</summary>
    public static NodeId None => default;

    /// <summary>Orders by number.</summary>
    public int CompareTo(NodeId other) => Value.CompareTo(other.Value);

    /// <summary>The number alone.</summary>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);

    /// <summary>Whether the left number is the smaller.</summary>
    public static bool operator <(NodeId left, NodeId right) => left.Value < right.Value;

    /// <summary>Whether the left number is the larger.</summary>
    public static bool operator >(NodeId left, NodeId right) => left.Value > right.Value;

    /// <summary>Whether the left number is not the larger.</summary>
    public static bool operator <=(NodeId left, NodeId right) => left.Value <= right.Value;

    /// <summary>Whether the left number is not the smaller.</summary>
    public static bool operator >=(NodeId left, NodeId right) => left.Value >= right.Value;
}
