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

    [Fact]
    public void The_documentation_leads_past_every_trace_and_nothing_else()
    {
        string text = File.ReadAllText(Path.Combine(Folder(), "..", "..", "..", "docs", "testing.md"));
        int start = text.IndexOf("A good\norder to read them:", StringComparison.Ordinal);
        string tour = text[start..text.IndexOf("`nodes 3", StringComparison.Ordinal)];
        IEnumerable<string> named = tour.Split('`').Where((_, place) => place % 2 == 1).Order(StringComparer.Ordinal);
        Assert.Equal(Files.Select(file => file.Data), named);
    }

    private static string Folder([CallerFilePath] string thisFile = "") => Path.GetDirectoryName(thisFile)!;
}
