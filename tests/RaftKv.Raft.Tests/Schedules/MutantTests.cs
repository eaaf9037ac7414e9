#if DEBUG
namespace RaftKv.Raft.Tests.Schedules;

/// <summary>Known bugs of Raft implementations, one at a time: the random schedules find each of them within a budget.</summary>
public sealed class MutantTests
{
    private const int SeedsMax = 1500;

    private static readonly bool IsRewrite = Environment.GetEnvironmentVariable("RAFTKV_REWRITE") == "1";

    public static TheoryData<string> Mutants => [.. Enum.GetNames<Mutant>().Where(name => name != nameof(Mutant.None))];

    [Theory]
    [MemberData(nameof(Mutants))]
    public void A_mutant_is_caught_by_the_seed_that_the_documentation_names(string name)
    {
        // Recording them anew takes the place of this.
        if (IsRewrite)
            return;
        Assert.True(MutantTable.Read().TryGetValue(name, out MutantRow? row), $"docs/testing.md has no row for {name}");
        Assert.Equal(MutantTable.Summaries()[name], row.Summary);
        Assert.InRange(row.Seed, 1, SeedsMax);
        string? claim = Catch(Enum.Parse<Mutant>(name), (ulong)row.Seed);
        Assert.True(claim == row.Claim, $"seed {row.Seed}: {claim ?? "nothing breaks"}; RAFTKV_REWRITE=1 records the table in docs/testing.md anew");
    }

    [Fact]
    public void The_documentation_names_no_mutant_that_is_gone()
    {
        if (IsRewrite)
            MutantTable.Write(MutantTable.Summaries().Where(mutant => mutant.Key != nameof(Mutant.None)).Select(Search));
        Assert.Equal(Enum.GetNames<Mutant>().Except([nameof(Mutant.None)]), MutantTable.Read().Keys);
    }

    private static MutantRow Search(KeyValuePair<string, string> mutant)
    {
        for (int seed = 1; seed <= SeedsMax; seed++)
        {
            if (Catch(Enum.Parse<Mutant>(mutant.Key), (ulong)seed) is { } claim)
                return new MutantRow(mutant.Key, mutant.Value, seed, claim);
        }
        throw new InvalidOperationException($"{mutant.Key} survived {SeedsMax} schedules");
    }

    // A schedule that fails without the mutant proves nothing about it.
    private static string? Catch(Mutant mutant, ulong seed) =>
        Run(mutant, seed) is { } claim && Run(Mutant.None, seed) is null ? claim.Replace("||", "or", StringComparison.Ordinal) : null;

    private static string? Run(Mutant mutant, ulong seed)
    {
        Mutation.Activate(mutant);
        try
        {
            new Schedule(seed).Run();
            return null;
        }
        catch (Exception broken)
        {
            return Failure.ClaimOf(broken);
        }
        finally
        {
            Mutation.Activate(Mutant.None);
        }
    }
}
#endif
