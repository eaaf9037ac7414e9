#if DEBUG
using RaftKv.Testing.Scenarios;
using RaftKv.Testing.Stores;

namespace RaftKv.Testing.Tests.Scenarios;

/// <summary>
/// Known bugs of every layer above the core, one at a time: the simulator finds each of them. The seed that the table in docs/testing.md
/// names is tried first; any change of what members do may move it. RAFTKV_MUTANTS=search looks for the first five seeds of each from
/// seed 1 on and writes the table anew.
/// </summary>
public sealed class MutantTests
{
    private const int SeedsMax = 2000;
    private const int SearchFinds = 5;

    private static readonly Simulation Store = new(() => new KeyValueWorkload());

    private static readonly bool IsSearch = Environment.GetEnvironmentVariable("RAFTKV_MUTANTS") == "search";

    public static TheoryData<string, string> Mutants
    {
        get
        {
            TheoryData<string, string> rows = [];
            foreach ((string layer, string name) in MutantSwitch.All)
                rows.Add(layer, name);
            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Mutants))]
    public void A_mutant_is_caught_by_the_simulator(string layer, string name)
    {
        Assert.SkipWhen(IsSearch, "the table is being written");
        Assert.True(MutantTable.Read().TryGetValue((layer, name), out ulong known), $"docs/testing.md has no row for {name}");
        IEnumerable<ulong> seeds = Enumerable.Range(1, SeedsMax).Select(seed => (ulong)seed).Prepend(known);

        Assert.True(seeds.Any(seed => Failure((layer, name), seed) is not null), $"{name} survived {SeedsMax} seeds");
    }

    [Fact]
    public void The_table_names_no_mutant_that_is_gone() => Assert.Empty(MutantTable.Read().Keys.Except(MutantSwitch.All));

    [Fact]
    public void The_table_is_written_anew_when_asked_for()
    {
        Assert.SkipUnless(IsSearch, "RAFTKV_MUTANTS=search writes it");
        List<string> rows = [];
        List<string> survivors = [];
        foreach ((string Layer, string Name) mutant in MutantSwitch.All)
        {
            List<ulong> found = [];
            string first = "";
            for (ulong seed = 1; seed <= SeedsMax && found.Count < SearchFinds; seed++)
            {
                if (Failure(mutant, seed) is not { } failure || Store.Run(seed).Failure is not null)
                    continue;
                first = found.Count == 0 ? failure : first;
                found.Add(seed);
            }
            if (found.Count == 0)
                survivors.Add(mutant.Name);
            else
                rows.Add(MutantTable.Line(mutant, MutantTable.Summary(mutant.Layer, mutant.Name), found, first));
        }
        MutantTable.Write(rows);
        Assert.Empty(survivors);
    }

    private static string? Failure((string Layer, string Name) mutant, ulong seed) =>
        MutantSwitch.With(mutant.Layer, mutant.Name, () => Store.Run(seed)).Failure;
}
#endif
