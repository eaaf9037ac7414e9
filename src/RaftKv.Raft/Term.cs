using System.Globalization;

namespace RaftKv.Raft;

/// <summary>A leader's reign (Raft 5.1). At most one leader is elected in a term.</summary>
/// <param name="Value">Counts from 0; negative values never pass the codec.</param>
public readonly record struct Term(long Value) : IComparable<Term>
{
    /// <summary>The term before the first election.</summary>
    public static Term Zero => default;

    /// <summary>The term that a campaign enters.</summary>
    public Term Next => new(Value + 1);

    /// <summary>Orders by number.</summary>
    public int CompareTo(Term other) => Value.CompareTo(other.Value);

    /// <summary>The number alone.</summary>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);

    /// <summary>Whether the left number is the smaller.</summary>
    public static bool operator <(Term left, Term right) => left.Value < right.Value;

    /// <summary>Whether the left number is the larger.</summary>
    public static bool operator >(Term left, Term right) => left.Value > right.Value;

    /// <summary>Whether the left number is not the larger.</summary>
    public static bool operator <=(Term left, Term right) => left.Value <= right.Value;

    /// <summary>Whether the left number is not the smaller.</summary>
    public static bool operator >=(Term left, Term right) => left.Value >= right.Value;
}
