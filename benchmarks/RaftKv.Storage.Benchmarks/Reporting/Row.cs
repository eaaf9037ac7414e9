using System.Globalization;

namespace RaftKv.Storage.Benchmarks.Reporting;

/// <summary>One measured figure, what stands beside it, and what it is held to.</summary>
/// <param name="What">What was measured.</param>
/// <param name="Measured">The figure.</param>
/// <param name="Unit">Its unit.</param>
internal sealed record Row(string What, double Measured, string Unit)
{
    /// <summary>The same figure of others in the same run; each is shown with the ratio of this one to it.</summary>
    public IReadOnlyList<(string Name, double Figure)> Peers { get; init; } = [];

    /// <summary>What the figure is held to; empty when it is told for comparison only.</summary>
    public string Target { get; init; } = "";

    /// <summary>Whether the target is met; null without one.</summary>
    public bool? Passed { get; init; }

    public string ToMarkdown()
    {
        IEnumerable<string> beside = Peers.Select(peer => $"{peer.Name} {Text(peer.Figure)} ({Text(Measured / peer.Figure)}x)");
        string result = Passed switch { true => "pass", false => "MISS", null => "" };
        return $"| {What} | {Text(Measured)} {Unit} | {string.Join(", ", beside)} | {Target} | {result} |";
    }

    public static string Text(double figure)
    {
        string format = Math.Abs(figure) switch
        {
            0 => "F0",
            < 10 => "F2",
            < 100 => "F1",
            _ => "N0",
        };
        return figure.ToString(format, CultureInfo.InvariantCulture);
    }
}
