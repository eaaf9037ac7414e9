using RaftKv.Raft;

namespace RaftKv.Testing.Scenarios;

/// <summary>
/// The builds that members of a simulated cluster may be of, by number: each speaks the log formats of the one before and a newer one.
/// </summary>
internal static class Builds
{
    public const int First = 1;
    public const int Last = 3;

    /// <summary>What a build speaks: the second what the library speaks today, the third one that is yet to come.</summary>
    public static LogFormatRange Formats(int build) => new(LogFormat.First, new LogFormat(Math.Clamp(build, First, Last), 1));

    /// <summary>Which build speaks as much as given.</summary>
    public static int Number(LogFormatRange formats) => formats.Max.Library;

    /// <summary>Whether members of a build compare their states.</summary>
    public static bool Compares(int build) => build > First;
}
