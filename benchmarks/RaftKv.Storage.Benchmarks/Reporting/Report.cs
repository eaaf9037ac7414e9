namespace RaftKv.Storage.Benchmarks.Reporting;

/// <summary>The figures of a run, part by part: printed as they come, then as tables, and written into a page when asked.</summary>
internal sealed class Report
{
    private const string Head = "| what | measured | beside it in the same run | target | result |\n|---|---:|---|---|---|";

    private readonly List<(string Part, List<string> Lines)> _parts = [];

    public int Missed { get; private set; }

    public void Begin(string part)
    {
        _parts.Add((part, []));
        Console.Error.WriteLine($"{part} ...");
    }

    public void Add(Row row)
    {
        _parts[^1].Lines.Add(row.ToMarkdown());
        Missed += row.Passed == false ? 1 : 0;
        Console.Error.WriteLine("  " + row.ToMarkdown());
    }

    public void Print()
    {
        foreach ((string part, List<string> lines) in _parts)
            Console.WriteLine($"\n{part}\n\n{Table(lines)}");
        Console.WriteLine(Missed == 0 ? "\nEvery target is met." : $"\n{Missed} target(s) are missed.");
    }

    /// <summary>Replaces each measured part between its two marker lines and leaves the rest of the page alone.</summary>
    /// <exception cref="InvalidOperationException">The page has no place for a part.</exception>
    public void WriteInto(string path)
    {
        string page = File.ReadAllText(path);
        foreach ((string part, List<string> lines) in _parts)
        {
            string begin = $"<!-- storage {part} -->\n";
            string end = $"<!-- end of storage {part} -->";
            int from = page.IndexOf(begin, StringComparison.Ordinal);
            int to = page.IndexOf(end, StringComparison.Ordinal);
            if (from < 0 || to < from)
                throw new InvalidOperationException($"{path} has no place for {part}: add the lines '{begin.Trim()}' and '{end}'.");
            page = page[..(from + begin.Length)] + Table(lines) + "\n" + page[to..];
        }
        File.WriteAllText(path, page);
    }

    private static string Table(List<string> lines) => Head + "\n" + string.Join('\n', lines);
}
