using RaftKv.Testing.Scenarios;
using RaftKv.Testing.Stores;

namespace RaftKv.Testing.Tests.Scenarios;

/// <summary>A failing story is made short.</summary>
public sealed class ScenarioShrinkerTests
{
    private static readonly Simulation Store = new(() => new KeyValueWorkload());

    [Fact]
    public void Only_the_steps_that_matter_are_left()
    {
        Scenario drawn = Store.Scenario(3);
        ScenarioStep culprit = new(drawn.RunMicros / 2, "crush 2");
        Scenario failing = drawn.With([.. drawn.Steps.Append(culprit).OrderBy(step => step.AtMicros)]);

        Scenario story = Store.Shrink(failing, runsMax: 100);

        Assert.Equal([culprit], story.Steps);
        Assert.Equal(culprit.AtMicros + 1, story.RunMicros);
    }

    [Fact]
    public void A_scenario_that_passes_comes_back_as_it_is()
    {
        Scenario drawn = Store.Scenario(3);

        Assert.Same(drawn, Store.Shrink(drawn));
    }
}
