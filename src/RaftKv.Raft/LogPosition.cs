namespace RaftKv.Raft;

/// <summary>A log entry's identity: equal positions hold equal entries on every member (Raft 5.3, Log Matching).</summary>
/// <param name="Term">The term in which a leader created the entry.</param>
/// <param name="Index">Its place in the log.</param>
/// <remarks>Ordered as elections compare logs (Raft 5.4.1): by term, then by index.</remarks>
public readonly record struct LogPosition(Term Term, LogIndex Index) : IComparable<LogPosition>
{
    /// <summary>The position before the first entry of a fresh log.</summary>
    public static LogPosition Zero => default;

    /// <summary>Compares which of two logs is more up to date, given their last positions.</summary>
    public int CompareTo(LogPosition other) => Term == other.Term ? Index.CompareTo(other.Index) : Term.CompareTo(other.Term);

    /// <summary>Term and index with a slash between.</summary>
    public override string ToString() => $"{Term}/{Index}";

    /// <summary>Whether the left log is less up to date.</summary>
    public static bool operator <(LogPosition left, LogPosition right) => left.CompareTo(right) < 0;

    /// <summary>Whether the left log is more up to date.</summary>
    public static bool operator >(LogPosition left, LogPosition right) => left.CompareTo(right) > 0;

    /// <summary>Whether the left log is at most as up to date.</summary>
    public static bool operator <=(LogPosition left, LogPosition right) => left.CompareTo(right) <= 0;

    /// <summary>Whether the left log is at least as up to date.</summary>
    public static bool operator >=(LogPosition left, LogPosition right) => left.CompareTo(right) >= 0;
}
