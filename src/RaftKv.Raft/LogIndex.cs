using System.Globalization;

namespace RaftKv.Raft;

/// <summary>A place in the replicated log (Raft 5.3). The first entry of a group has index 1.</summary>
/// <param name="Value">Counts from 1; 0 is the empty log; negative values never pass the codec.</param>
public readonly record struct LogIndex(long Value) : IComparable<LogIndex>
{
    /// <summary>The place before the first entry.</summary>
    public static LogIndex Zero => default;

    /// <summary>The place after this one.</summary>
    public LogIndex Next => new(Value + 1);

    /// <summary>The place before this one.</summary>
    public LogIndex Previous => new(Value - 1);

    /// <summary>The smaller of two.</summary>
    public static LogIndex Min(LogIndex left, LogIndex right) => left < right ? left : right;

    /// <summary>The larger of two.</summary>
    public static LogIndex Max(LogIndex left, LogIndex right) => left > right ? left : right;

    /// <summary>Orders by number.</summary>
    public int CompareTo(LogIndex other) => Value.CompareTo(other.Value);

    /// <summary>The number alone.</summary>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);

    /// <summary>Whether the left number is the smaller.</summary>
    public static bool operator <(LogIndex left, LogIndex right) => left.Value < right.Value;

    /// <summary>Whether the left number is the larger.</summary>
    public static bool operator >(LogIndex left, LogIndex right) => left.Value > right.Value;

    /// <summary>Whether the left number is not the larger.</summary>
    public static bool operator <=(LogIndex left, LogIndex right) => left.Value <= right.Value;

    /// <summary>Whether the left number is not the smaller.</summary>
    public static bool operator >=(LogIndex left, LogIndex right) => left.Value >= right.Value;
}
