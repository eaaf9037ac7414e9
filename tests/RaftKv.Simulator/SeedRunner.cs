using System.Globalization;
using RaftKv.Simulator.Mutants;
using RaftKv.Testing.Histories;
using RaftKv.Testing.Scenarios;
using RaftKv.Testing.Stores;

namespace RaftKv.Simulator;

/// <summary>Runs the seeds and reports what failed, with the command that runs it again.</summary>
internal static class SeedRunner
{
    private const string Program = "dotnet run -c Release --project tests/RaftKv.Simulator --";

    public static int Run(SimulatorOptions options)
    {
        if (options.Mutant is null)
            return RunAll(options);
        (string Layer, string Name)[] found = [.. MutantSwitch.All.Where(mutant => mutant.Name == options.Mutant)];
        if (MutantSwitch.IsAble && found is [var known])
            return MutantSwitch.With(known.Layer, known.Name, () => RunAll(options));
        Console.Error.WriteLine($"This build has no mutant '{options.Mutant}'.");
        return 2;
    }

    private static int RunAll(SimulatorOptions options)
    {
        KeyValueWorkload? last = null;
        Simulation simulation = new(() => last = new KeyValueWorkload());
        int failures = 0;
        Totals totals = new();
        foreach (Scenario scenario in Scenarios(options, simulation))
        {
            ScenarioResult result = simulation.Run(scenario, options.Trace ? Console.WriteLine : null);
            string? failure = result.Failure;
            if (failure is null && options.Twice && simulation.Run(scenario).TraceHash != result.TraceHash)
                failure = "two runs had different traces";
            totals.Add(result);
            if (options.Trace || options.Seeds.First == options.Seeds.Last)
                Console.WriteLine(Line(result));
            if (failure is null)
                continue;
            failures++;
            Report(scenario, failure, options, simulation);
        }
        if (options.History is not null && last is not null)
        {
            using StreamWriter writer = options.History.CreateText();
            HistoryFile.Write(last.History, writer);
        }
        Console.WriteLine($"{totals}, {failures} failed");
        return failures == 0 && !totals.IsDoubtful ? 0 : 1;
    }

    private static IEnumerable<Scenario> Scenarios(SimulatorOptions options, Simulation simulation)
    {
        if (options.Scenario is not null)
        {
            yield return Scenario.Parse(File.ReadAllText(options.Scenario.FullName));
            yield break;
        }
        for (ulong seed = options.Seeds.First; seed <= options.Seeds.Last; seed++)
            yield return options.CalmSeconds is { } seconds ? simulation.Scenario(seed, Calm(seconds, options.CalmLoad)) : simulation.Scenario(seed);
    }

    private static SwarmOptions Calm(int seconds, double load) => new()
    {
        Members = 3,
        RunMicros = seconds * 1_000_000L,
        ActionsPerSecond = load,
        FaultsPerSecond = new Dictionary<string, double>(),
    };

    private static string Line(ScenarioResult result) => string.Create(CultureInfo.InvariantCulture,
        $"seed {result.Scenario.Seed}: trace {result.TraceHash:X16}, {result.SimulatedMicros / 1e6:F1} s simulated, "
        + $"{result.Actions} actions, {result.Commands} commands");

    private static void Report(Scenario scenario, string failure, SimulatorOptions options, Simulation simulation)
    {
        string what = options.Scenario is null ? $"--seed {scenario.Seed}" : $"--scenario {options.Scenario}";
        Console.WriteLine($"FAILED seed {scenario.Seed}: {failure}\nREPRODUCE: {Program} {what}");
        if (options.Shrink)
            Console.WriteLine($"The shortest story found:\n{simulation.Shrink(scenario)}");
    }
}
