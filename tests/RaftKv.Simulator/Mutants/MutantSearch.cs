using RaftKv.Testing.Scenarios;
using RaftKv.Testing.Stores;

namespace RaftKv.Simulator.Mutants;

/// <summary>
/// Looks for the first seeds that find each mutant, on all processors, and writes the table anew. A seed counts only if the same scenario
/// passes without the mutant.
/// </summary>
public static class MutantSearch
{
    /// <summary>Seeds that are tried.</summary>
    public const int SeedsMax = 2000;

    private const int FindsMax = 3;

    private static readonly Simulation Store = new(() => new KeyValueWorkload());

    /// <summary>Writes the table and tells which mutants survived.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (!MutantSwitch.IsAble)
        {
            output.WriteLine("Only debug builds have mutants: dotnet run --project tests/RaftKv.Simulator -- --mutants");
            return 2;
        }
        (string Layer, string Name)[] mutants = [.. MutantSwitch.All];
        string?[] rows = new string?[mutants.Length];
        Parallel.For(0, mutants.Length, i => rows[i] = Row(mutants[i]));
        MutantTable.Write(rows.OfType<string>());
        string[] survivors = [.. mutants.Where((_, i) => rows[i] is null).Select(mutant => mutant.Name)];
        output.WriteLine($"{mutants.Length} mutants, {survivors.Length} survived {SeedsMax} seeds: {string.Join(' ', survivors)}");
        return survivors.Length == 0 ? 0 : 1;
    }

    /// <summary>What a seed breaks with a mutant active; null for nothing.</summary>
    public static string? Failure((string Layer, string Name) mutant, ulong seed) =>
        MutantSwitch.With(mutant.Layer, mutant.Name, () => Store.Run(seed)).Failure;

    private static string? Row((string Layer, string Name) mutant)
    {
        List<ulong> found = [];
        string first = "";
        for (ulong seed = 1; seed <= SeedsMax && found.Count < FindsMax; seed++)
        {
            if (Failure(mutant, seed) is not { } failure || Store.Run(seed).Failure is not null)
                continue;
            first = found.Count == 0 ? failure : first;
            found.Add(seed);
        }
        return found.Count == 0 ? null : MutantTable.Line(mutant, MutantTable.Summary(mutant.Layer, mutant.Name), found, first);
    }
}
