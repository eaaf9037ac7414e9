using System.Globalization;
using RaftKv.Testing.World;

namespace RaftKv.Testing.Scenarios;

/// <summary>
/// Runs a replicated state machine in a simulated world: whole members on one thread in virtual time, on disks and a network that
/// fail as each seed decides. A seed that fails once fails always, and its story can be made short.
/// </summary>
/// <param name="workload">Makes the workload of one run: what is replicated, what clients do, what must hold.</param>
/// <example><c>new Simulation(() => new LedgerWorkload()).Check(1, 200);</c> runs seeds 1 to 200 and throws at the first breach.</example>
public sealed class Simulation(Func<Workload> workload)
{
    private const int ShrinkRunsMax = 600;

    /// <summary>Of so many runs one at most may end with checks that gave up.</summary>
    public const int RunsPerUndecided = 100;

    /// <summary>The scenario of a seed.</summary>
    public Scenario Scenario(ulong seed) => ScenarioGenerator.Draw(seed, workload());

    /// <summary>A scenario of a seed with given options in place of drawn ones.</summary>
    public Scenario Scenario(ulong seed, SwarmOptions swarm)
    {
        ArgumentNullException.ThrowIfNull(swarm);
        return ScenarioGenerator.Draw(seed, workload(), swarm);
    }

    /// <summary>Runs a seed.</summary>
    /// <param name="seed">Decides everything.</param>
    /// <param name="traceLine">Takes a line for every change of a member's state and every step; default null.</param>
    public ScenarioResult Run(ulong seed, Action<string>? traceLine = null) => Run(Scenario(seed), traceLine);

    /// <summary>Runs a scenario.</summary>
    /// <param name="scenario">The steps; the seed decides what they leave open.</param>
    /// <param name="traceLine">Takes a line for every change of a member's state and every step; default null.</param>
    public ScenarioResult Run(Scenario scenario, Action<string>? traceLine = null)
    {
        ArgumentNullException.ThrowIfNull(scenario);
        using ScenarioRun run = new(scenario, workload(), traceLine);
        return run.Execute();
    }

    /// <summary>Runs seeds one after the other.</summary>
    /// <param name="first">The first seed.</param>
    /// <param name="last">The last seed.</param>
    /// <exception cref="SimulationException">
    /// A seed failed; the message has it, what broke, and the shortest story found. Or the checks of too many gave up.
    /// </exception>
    public void Check(ulong first, ulong last)
    {
        ulong undecided = 0;
        for (ulong seed = first; seed <= last; seed++)
        {
            ScenarioResult result = Run(seed);
            undecided += result.IsUndecided ? 1UL : 0;
            if (result.Failure is not { } failure)
                continue;
            Scenario story = Shrink(Scenario(seed));
            throw new SimulationException(string.Create(
                CultureInfo.InvariantCulture, $"Seed {seed} failed: {failure}\nThe shortest story found:\n{story}"));
        }
        if (undecided > 1 + ((last - first) / RunsPerUndecided))
            throw new SimulationException($"The checks of {undecided} runs gave up before they knew: no proof that nothing broke.");
    }

    /// <summary>Leaves out steps of a failing scenario for as long as it still fails.</summary>
    /// <param name="scenario">A scenario that fails; one that does not comes back as it is.</param>
    /// <param name="runsMax">How many scenarios are tried; default 600.</param>
    public Scenario Shrink(Scenario scenario, int runsMax = ShrinkRunsMax)
    {
        ArgumentNullException.ThrowIfNull(scenario);
        bool Fails(Scenario tried) => Run(tried).Failure is not null;
        return Fails(scenario) ? new ScenarioShrinker(Fails, runsMax).Shrink(scenario) : scenario;
    }
}
