using RaftKv.Testing.Scenarios;
using RaftKv.Testing.Stores;

namespace RaftKv.Testing.Tests.Scenarios;

/// <summary>Scenarios as text, and those of failures that were found once: each must pass since.</summary>
public sealed class ScenarioTests
{
    private static readonly Simulation Store = new(() => new KeyValueWorkload());

    public static TheoryData<string> Found =>
    [
        .. Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Scenarios"), "*.txt")
            .Select(Path.GetFileNameWithoutExtension).OfType<string>().Order(StringComparer.Ordinal),
    ];

    [Theory]
    [MemberData(nameof(Found))]
    public void What_failed_once_passes(string name)
    {
        string text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Scenarios", name + ".txt"));

        Assert.Null(Store.Run(Scenario.Parse(text)).Failure);
    }

    [Fact]
    public void A_scenario_comes_back_as_it_was_written()
    {
        Scenario drawn = Store.Scenario(7);

        Assert.Equal(drawn.ToString(), Scenario.Parse(drawn.ToString()).ToString());
    }

    [Fact]
    public void A_drawn_scenario_and_its_text_run_alike() =>
        Assert.Equal(Store.Run(9).TraceHash, Store.Run(Scenario.Parse(Store.Scenario(9).ToString())).TraceHash);

    [Theory]
    [InlineData("seed 1", "Line 1: a scenario begins with")]
    [InlineData("raftkv-scenario 1\nat noon crash 1", "Line 2: 'at noon crash 1' is neither")]
    [InlineData("raftkv-scenario 1\nseed 1\nrun 5", "says no members")]
    public void Text_that_is_no_scenario_is_refused(string text, string message) =>
        Assert.Contains(message, Assert.Throws<FormatException>(() => Scenario.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_fault_that_does_not_exist_fails_the_run_by_name()
    {
        Scenario scenario = Scenario.Parse("raftkv-scenario 1\nseed 1\nmembers 3\nrun 1000\nat 5 crush 1\n");

        Assert.Contains("'crush 1' is no fault", Store.Run(scenario).Failure, StringComparison.Ordinal);
    }
}
