using System.Text.RegularExpressions;

namespace RaftKv.Tidy;

/// <summary>docs/metrics.md and the source agree on what can be observed.</summary>
public sealed partial class MetricsTests
{
    private const string Page = "docs/metrics.md";

    [Fact]
    public void Every_metric_activity_and_tag_is_on_the_page_and_every_one_on_the_page_exists()
    {
        HashSet<string> used = [.. Repository.Files("src/", ".cs")
            .SelectMany(file => QuotedName().Matches(Repository.Read(file)).Select(match => match.Groups[1].Value))];
        HashSet<string> told = [.. MarkedName().Matches(Repository.Read(Page)).Select(match => match.Groups[1].Value)];
        Assert.NotEmpty(used);
        Offenders.None([
            .. used.Except(told).Select(name => $"{name} is not on the page"),
            .. told.Except(used).Select(name => $"{name} is not in the source")]);
    }

    [Fact]
    public void Every_metric_has_the_unit_that_the_page_gives()
    {
        Dictionary<string, string> told = MetricRow().Matches(Repository.Read(Page))
            .ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value);
        Assert.NotEmpty(told);
        string source = string.Concat(Repository.Files("src/", "Metrics.cs").Select(Repository.Read));
        Offenders.None(told.Where(row => !Regex.IsMatch(source, $@"""{Regex.Escape(row.Key)}"",[^;]*""{Regex.Escape(row.Value)}"""))
            .Select(row => $"{row.Key} in {row.Value}"));
    }

    [Fact]
    public void Every_log_event_is_on_the_page_with_its_level_and_has_an_id_of_its_own()
    {
        string[] used = [.. Repository.Files("src/", ".cs")
            .SelectMany(file => LogMessage().Matches(Repository.Read(file)).Select(match => $"{match.Groups[1].Value} {match.Groups[2].Value}"))];
        string[] told = [.. EventRow().Matches(Repository.Read(Page)).Select(match => $"{match.Groups[1].Value} {match.Groups[2].Value}")];
        Assert.NotEmpty(used);
        Offenders.None(used.GroupBy(entry => entry.Split(' ')[0]).Where(group => group.Count() > 1).Select(group => $"{group.Key} twice"));
        Offenders.None([
            .. used.Except(told).Select(entry => $"{entry} is not on the page"),
            .. told.Except(used).Select(entry => $"{entry} is not in the source")]);
    }

    [GeneratedRegex("\"(raftkv\\.[a-z_.]+)\"")]
    private static partial Regex QuotedName();

    [GeneratedRegex("`(raftkv\\.[a-z_.]+)`")]
    private static partial Regex MarkedName();

    [GeneratedRegex(@"^\| `(raftkv\.[a-z_.]+)` \| (?:gauge|counter|histogram) \| (\S+) \|", RegexOptions.Multiline)]
    private static partial Regex MetricRow();

    [GeneratedRegex(@"LoggerMessage\((\d+), LogLevel\.(\w+)")]
    private static partial Regex LogMessage();

    [GeneratedRegex(@"^\| (\d+) \| (\w+) \|", RegexOptions.Multiline)]
    private static partial Regex EventRow();
}
