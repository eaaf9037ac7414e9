using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace RaftKv.Simulator.Mutants;

/// <summary>The table of docs/testing.md that says which seed finds which mutant above the core.</summary>
public static partial class MutantTable
{
    private const int WordsMax = 90;

    private static string DocumentPath => Path.Combine(Root(), "docs", "testing.md");

    /// <summary>The first seed that finds each mutant, by layer and name.</summary>
    public static IReadOnlyDictionary<(string Layer, string Name), ulong> Read() => File.ReadAllLines(DocumentPath)
        .Select(line => Row().Match(line)).Where(row => row.Success)
        .ToDictionary(
            row => (row.Groups["layer"].Value, row.Groups["name"].Value),
            row => ulong.Parse(row.Groups["seed"].Value, CultureInfo.InvariantCulture));

    /// <summary>Puts other rows in the place of those there are.</summary>
    public static void Write(IEnumerable<string> rows)
    {
        List<string> lines = [.. File.ReadAllLines(DocumentPath)];
        int first = lines.FindIndex(line => Row().IsMatch(line));
        lines.RemoveAll(line => Row().IsMatch(line));
        lines.InsertRange(first, rows);
        File.WriteAllText(DocumentPath, string.Join('\n', lines) + '\n');
    }

    /// <summary>One row.</summary>
    /// <param name="mutant">The layer and the name.</param>
    /// <param name="summary">What the mutant does.</param>
    /// <param name="seeds">Seeds that found it, ascending from the first.</param>
    /// <param name="failure">What the first of them broke.</param>
    public static string Line((string Layer, string Name) mutant, string summary, IReadOnlyList<ulong> seeds, string failure)
    {
        ulong[] distances = [.. seeds.Select((seed, i) => i == 0 ? seed : seed - seeds[i - 1]).Order()];
        string words = Prefix().Replace(failure.Split('\n')[0], "").Replace('|', '/');
        words = words.Length > WordsMax ? words[..WordsMax].TrimEnd() + " ..." : words;
        return FormattableString.Invariant(
            $"| {mutant.Layer} | `{mutant.Name}` {summary} | {seeds[0]} | {distances[distances.Length / 2]} | {words} |");
    }

    /// <summary>What the source says of a mutant.</summary>
    public static string Summary(string layer, string name) =>
        SummaryOf().Matches(File.ReadAllText(Path.Combine(Root(), "src", layer, "Mutant.cs")))
            .Single(match => match.Groups["name"].Value == name).Groups["summary"].Value;

    private static string Root([CallerFilePath] string thisFile = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "..", ".."));

    [GeneratedRegex(@"/// <summary>(?<summary>.+)</summary>\s+(?<name>\w+),")]
    private static partial Regex SummaryOf();

    [GeneratedRegex(@"^\| (?<layer>RaftKv[.\w]*) \| `(?<name>\w+)` .* \| (?<seed>\d+) \| \d+ \| .* \|$")]
    private static partial Regex Row();

    [GeneratedRegex(@"^Seed \d+(, \d+ us)?: ")]
    private static partial Regex Prefix();
}
