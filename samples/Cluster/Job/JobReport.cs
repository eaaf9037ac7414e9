using System.Globalization;

namespace RaftKv.Samples.Cluster.Job;

/// <summary>The end of a job in numbers and checks.</summary>
internal sealed class JobReport
{
    public required int Seed { get; init; }
    public required int Acknowledged { get; init; }
    public required int Unknown { get; init; }
    public required int Retried { get; init; }
    public required TimeSpan Writing { get; init; }
    public required TimeSpan FailOver { get; init; }
    public required TimeSpan CatchUp { get; init; }
    public required long Revisions { get; init; }
    public required int Resumed { get; init; }
    public required TimeSpan Total { get; set; }
    public required IReadOnlyList<Check> Checks { get; init; }

    public bool Held => Checks.All(check => check.Held);

    /// <summary>The numbers, each with its name.</summary>
    public IEnumerable<(string Name, string Value)> Numbers()
    {
        yield return ("puts acknowledged",
            Text($"{Acknowledged:N0} in {Writing.TotalSeconds:0.0} s ({Acknowledged / Writing.TotalSeconds:N0}/s)"));
        yield return ("puts with unknown outcome", Text($"{Unknown:N0}"));
        yield return ("puts refused and sent again", Text($"{Retried:N0}"));
        yield return ("fail-over, kill to first acknowledged put", Text($"{FailOver.TotalMilliseconds:N0} ms"));
        yield return ("restart of the killed node to caught up", Text($"{CatchUp.TotalMilliseconds:N0} ms"));
        yield return ("revisions watched", Text($"{Revisions:N0}, resumed {Resumed} times"));
        yield return ("total time", Text($"{Total.TotalSeconds:0.0} s"));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
