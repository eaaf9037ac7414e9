using System.CommandLine;
using System.CommandLine.Parsing;
using RaftKv.Simulator.Mutants;

namespace RaftKv.Simulator;

/// <summary>The command line.</summary>
internal static class SimulatorCommand
{
    private const string Story =
        "Runs whole clusters in simulated worlds, one for each seed, with faults that the seed decides, and checks everything that "
        + "must hold. A seed that fails fails again, every time.";

    public static RootCommand Create()
    {
        Option<SeedRange?> seed = new("--seed") { Description = "One seed.", CustomParser = Seeds };
        Option<SeedRange?> seeds = new("--seeds") { Description = "Seeds FROM..TO, both included; default 1..100.", CustomParser = Seeds };
        Option<FileInfo?> scenario = new("--scenario") { Description = "A scenario file in place of seeds." };
        Option<bool> trace = new("--trace") { Description = "Prints a line for every change of a member's state." };
        Option<bool> twice = new("--twice") { Description = "Runs each seed twice and demands the same trace hash." };
        Option<bool> shrink = new("--shrink") { Description = "Prints the shortest failing story that is found." };
        Option<FileInfo?> history = new("--history") { Description = "Writes the history of the last run to a file." };
        Option<int?> calm = new("--calm") { Description = "Seconds of virtual time without faults, with three members." };
        Option<double> load = new("--load") { Description = "Client actions a second of a calm run.", DefaultValueFactory = _ => 30 };
        load.Validators.Add(given =>
        {
            if (given.GetValueOrDefault<double>() is not (> 0 and <= 10_000))
                given.AddError("--load is above 0 and at most 10000.");
        });
        Option<bool> mutants = new("--mutants") { Description = "Finds seeds for each known bug, and writes the table of docs/testing.md." };
        Option<string?> mutant = new("--mutant") { Description = "Switches a known bug on, by its name. Debug builds only, as for the table." };
        RootCommand command = new(Story) { seed, seeds, scenario, trace, twice, shrink, calm, load, history, mutants, mutant };
        command.SetAction(parsed => parsed.GetValue(mutants) ? MutantSearch.Run(Console.Out) : SeedRunner.Run(new SimulatorOptions
        {
            Seeds = parsed.GetValue(seed) ?? parsed.GetValue(seeds) ?? new SeedRange(1, 100),
            Scenario = parsed.GetValue(scenario),
            Trace = parsed.GetValue(trace),
            Twice = parsed.GetValue(twice),
            Shrink = parsed.GetValue(shrink),
            CalmSeconds = parsed.GetValue(calm),
            CalmLoad = parsed.GetValue(load),
            History = parsed.GetValue(history),
            Mutant = parsed.GetValue(mutant),
        }));
        return command;
    }

    private static SeedRange? Seeds(ArgumentResult argument)
    {
        string[] ends = argument.Tokens[0].Value.Split("..");
        if (ends.Length is 1 or 2 && ulong.TryParse(ends[0], out ulong first) && ulong.TryParse(ends[^1], out ulong last) && first <= last)
            return new SeedRange(first, last);
        argument.AddError($"'{argument.Tokens[0].Value}' is neither a seed nor a range of seeds such as 1..1000.");
        return null;
    }
}
