using System.Runtime.CompilerServices;

namespace RaftKv.Raft.Tests.Traces;

/// <summary>
/// Every trace file in this folder tells a story of the protocol, must come out word for word, and keeps the claims of the schedules.
/// </summary>
public sealed class TraceTests
{
    public static TheoryData<string> Files =>
        [.. Directory.GetFiles(Folder(), "*.txt").Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public void A_trace_replays_word_for_word(string file)
    {
        string path = Path.Combine(Folder(), file + ".txt");
        string recorded = File.ReadAllText(path);
        string replayed = TraceRunner.Replay(recorded);
        if (Environment.GetEnvironmentVariable("RAFTKV_REWRITE") == "1")
            File.WriteAllText(path, replayed);
        else
            Assert.Equal(recorded, replayed);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_trace_tells_its_story_in_comments(string file)
    {
        string first = File.ReadLines(Path.Combine(Folder(), file + ".txt")).First();
        Assert.StartsWith("# ", first, StringComparison.Ordinal);
    }

    private static string Folder([CallerFilePath] string thisFile = "") => Path.GetDirectoryName(thisFile)!;
}
