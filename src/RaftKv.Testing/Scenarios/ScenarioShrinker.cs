namespace RaftKv.Testing.Scenarios;

/// <summary>
/// Makes the story of a failure short: leaves out steps, many at first and then single ones, for as long as the rest still fails
/// (Zeller and Hildebrandt, Simplifying and Isolating Failure-Inducing Input, 2002).
/// </summary>
/// <param name="fails">Whether a scenario fails.</param>
/// <param name="runsMax">How many scenarios are tried at most.</param>
internal sealed class ScenarioShrinker(Func<Scenario, bool> fails, int runsMax)
{
    /// <summary>Scenarios that were tried.</summary>
    public int Runs { get; private set; }

    public Scenario Shrink(Scenario scenario)
    {
        List<ScenarioStep> steps = [.. scenario.Steps];
        bool isShorter = true;
        while (isShorter && Runs < runsMax)
        {
            isShorter = false;
            for (int size = Math.Max(1, steps.Count / 2); size >= 1 && Runs < runsMax; size /= 2)
                isShorter |= LeaveOut(scenario, steps, size);
        }
        return Trim(scenario.With(steps));
    }

    private bool LeaveOut(Scenario scenario, List<ScenarioStep> steps, int size)
    {
        bool isShorter = false;
        for (int start = Math.Max(0, steps.Count - size); start >= 0 && Runs < runsMax;)
        {
            int count = Math.Min(size, steps.Count - start);
            List<ScenarioStep> fewer = [.. steps[..start], .. steps[(start + count)..]];
            if (count > 0 && Fails(scenario.With(fewer)))
            {
                steps.RemoveRange(start, count);
                isShorter = true;
            }
            start = start == 0 ? -1 : Math.Max(0, start - size);
        }
        return isShorter;
    }

    // What happens after the last step until the mending is often not part of the story.
    private Scenario Trim(Scenario scenario)
    {
        long last = scenario.Steps.Count == 0 ? 0 : scenario.Steps[^1].AtMicros + 1;
        Scenario shorter = scenario.With(last, scenario.Steps);
        return Runs < runsMax && Fails(shorter) ? shorter : scenario;
    }

    private bool Fails(Scenario scenario)
    {
        Runs++;
        return fails(scenario);
    }
}
