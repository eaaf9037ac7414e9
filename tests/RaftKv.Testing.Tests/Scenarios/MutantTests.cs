#if DEBUG
using RaftKv.Simulator.Mutants;

namespace RaftKv.Testing.Tests.Scenarios;

/// <summary>
/// Known bugs of every layer above the core, one at a time: the simulator finds each of them. The seed that the table in docs/testing.md
/// names is tried first; any change of what members do may move it. The simulator's <c>--mutants</c> writes the table anew.
/// </summary>
public sealed class MutantTests
{
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
        Assert.True(MutantTable.Read().TryGetValue((layer, name), out ulong known), $"docs/testing.md has no row for {name}");
        IEnumerable<ulong> seeds = Enumerable.Range(1, MutantSearch.SeedsMax).Select(seed => (ulong)seed).Prepend(known);

        Assert.True(
            seeds.Any(seed => MutantSearch.Failure((layer, name), seed) is not null), $"{name} survived {MutantSearch.SeedsMax} seeds");
    }

    [Fact]
    public void The_table_names_no_mutant_that_is_gone() => Assert.Empty(MutantTable.Read().Keys.Except(MutantSwitch.All));
}
#endif
