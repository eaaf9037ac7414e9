using System.Runtime.InteropServices;

namespace RaftKv.Load;

/// <summary>This program's section of the page of benchmarks, between two markers.</summary>
internal static class BenchmarkDocument
{
    private const string Begin = "<!-- load -->";
    private const string End = "<!-- end of load -->";

    /// <summary>Replaces the section, or adds it at the end.</summary>
    public static void Replace(string path, IEnumerable<Figure> figures)
    {
        string page = File.Exists(path) ? File.ReadAllText(path) : "# Benchmarks\n";
        string section = $"""
            {Begin}

            ## The runtime under load

            `dotnet run -c Release --project benchmarks/RaftKv.Load -- --document docs/benchmarks.md`

            Three members in one process over loopback, each with its log on the same disk; every write is durable on a majority before it
            is acknowledged. {Environment.ProcessorCount} processors, {RuntimeInformation.OSDescription},
            {RuntimeInformation.FrameworkDescription}. etcd runs as three processes on the same machine in the same run and is
            asked by gRPC; its client's half of a call runs here. What is measured under load begins when the runtime has compiled the busy
            methods, as in a process that has run for a while.

            | What | Measured | Target | |
            |---|---|---|---|
            {string.Join('\n', figures.Select(figure => figure.Row()))}

            {End}
            """;
        int begin = page.IndexOf(Begin, StringComparison.Ordinal);
        int end = page.IndexOf(End, StringComparison.Ordinal);
        File.WriteAllText(path, begin < 0 || end < begin
            ? $"{page.TrimEnd()}\n\n{section}\n"
            : $"{page[..begin]}{section}{page[(end + End.Length)..]}");
    }
}
