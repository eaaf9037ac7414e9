using System.Globalization;

namespace RaftKv.Raft;

/// <summary>One replicated log among the many that a process may carry.</summary>
/// <param name="Value">Any number of 0 or more; a process that carries one group uses 0.</param>
public readonly record struct GroupId(long Value) : IComparable<GroupId>
{
    /// <summary>Orders by number.</summary>
    public int CompareTo(GroupId other) => Value.CompareTo(other.Value);

    /// <summary>The number alone.</summary>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);

    /// <summary>Whether the left number is the smaller.</summary>
    public static bool operator <(GroupId left, GroupId right) => left.Value < right.Value;

    /// <summary>Whether the left number is the larger.</summary>
    public static bool operator >(GroupId left, GroupId right) => left.Value > right.Value;

    /// <summary>Whether the left number is not the larger.</summary>
    public static bool operator <=(GroupId left, GroupId right) => left.Value <= right.Value;

    /// <summary>Whether the left number is not the smaller.</summary>
    public static bool operator >=(GroupId left, GroupId right) => left.Value >= right.Value;
}
