namespace RaftKv.Raft;

/// <summary>The formats that a build speaks: it reads each of them, and writes whichever is active.</summary>
/// <param name="Min">The oldest.</param>
/// <param name="Max">The newest; neither number lower than the oldest's.</param>
public readonly record struct LogFormatRange(LogFormat Min, LogFormat Max)
{
    /// <summary>What a build speaks that does not say otherwise: 1.1 alone.</summary>
    public static LogFormatRange First => new(LogFormat.First, LogFormat.First);

    /// <summary>Whether it is a range.</summary>
    public bool IsValid => Min.IsValid && Max.IsValid && Max.IsAtLeast(Min);

    /// <summary>Whether a format is one of them.</summary>
    public bool Covers(LogFormat format) => format.IsAtLeast(Min) && Max.IsAtLeast(format);

    /// <summary>Whether there is a format that both speak.</summary>
    public bool Overlaps(LogFormatRange other) => Max.IsAtLeast(other.Min) && other.Max.IsAtLeast(Min);

    /// <summary>In words.</summary>
    public override string ToString() => Min == Max ? Min.ToString() : $"{Min} to {Max}";
}
