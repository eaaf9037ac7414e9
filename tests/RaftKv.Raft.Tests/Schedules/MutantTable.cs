#if DEBUG
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace RaftKv.Raft.Tests.Schedules;

/// <summary>The table of mutants in docs/testing.md, and what the source says of each.</summary>
internal static partial class MutantTable
{
    /// <summary>What the documentation says now.</summary>
    public static Dictionary<string, MutantRow> Read() =>
        Row().Matches(File.ReadAllText(DocumentPath())).Select(match => new MutantRow(
            match.Groups["name"].Value,
            match.Groups["summary"].Value,
            int.Parse(match.Groups["seed"].Value, CultureInfo.InvariantCulture),
            match.Groups["claim"].Value)).ToDictionary(row => row.Name);

    /// <summary>Puts rows in place of those there are.</summary>
    public static void Write(IEnumerable<MutantRow> rows)
    {
        string text = File.ReadAllText(DocumentPath());
        MatchCollection old = Row().Matches(text);
        int start = old.Count > 0 ? old[0].Index : text.Length;
        int end = old.Count > 0 ? old[^1].Index + old[^1].Length : text.Length;
        File.WriteAllText(DocumentPath(), text[..start] + string.Join('\n', rows) + text[end..]);
    }

    /// <summary>The summaries in the source, in its order.</summary>
    public static Dictionary<string, string> Summaries()
    {
        string source = File.ReadAllText(Path.Combine(Root(), "src", "RaftKv.Raft", "Mutant.cs"));
        return Summary().Matches(source).ToDictionary(match => match.Groups["name"].Value, match => match.Groups["summary"].Value);
    }

    private static string DocumentPath() => Path.Combine(Root(), "docs", "testing.md");

    private static string Root([CallerFilePath] string thisFile = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "..", ".."));

    [GeneratedRegex(@"^\| `(?<name>\w+)` (?<summary>[^|]+) \| (?<seed>\d+) \| (?<claim>[^|]+) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"/// <summary>(?<summary>.+)</summary>\s+(?<name>\w+),")]
    private static partial Regex Summary();
}
#endif
