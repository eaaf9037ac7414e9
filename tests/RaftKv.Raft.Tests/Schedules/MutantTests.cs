#if DEBUG
using RaftKv.Raft.Tests.Traces;

namespace RaftKv.Raft.Tests.Schedules;

/// <summary>Known bugs of Raft implementations, one at a time: the random schedules find each of them within a budget.</summary>
public sealed class MutantTests
{
    private const int SeedsMax = 1500;

    private static readonly bool IsSearch = Environment.GetEnvironmentVariable("RAFTKV_MUTANTS") == "search";

    public static TheoryData<string> Mutants =>
        [.. Enum.GetNames<Mutant>().Where(name => name != nameof(Mutant.None) && (IsSearch || IsOften(name)))];

    public static TheoryData<string> Rare => [.. MutantSeeds.Survivors];

    [Theory]
    [MemberData(nameof(Mutants))]
    public void A_mutant_is_caught_by_the_random_schedules(string name)
    {
        Mutant mutant = Enum.Parse<Mutant>(name);
        try
        {
            // The seed that caught it last time comes first, which saves the search as long as the schedules stay as they are.
            if (!IsSearch && Catch(mutant, MutantSeeds.Of(name)) is not null)
                return;
            for (ulong seed = 1; seed <= SeedsMax; seed++)
            {
                if (Catch(mutant, seed) is not { } claim)
                    continue;
                TestContext.Current.TestOutputHelper?.WriteLine($"{name}: seed {seed}: {claim}");
                return;
            }
        }
        finally
        {
            Mutation.Activate(Mutant.None);
        }
        Assert.Fail($"{name} survived {SeedsMax} schedules");
    }

    [Theory]
    [MemberData(nameof(Rare))]
    public void A_mutant_that_schedules_rarely_meet_is_caught_by_a_trace(string name)
    {
        Mutation.Activate(Enum.Parse<Mutant>(name));
        try
        {
            string? trace = TraceTests.FirstToDiffer();
            TestContext.Current.TestOutputHelper?.WriteLine($"{name}: trace {Path.GetFileNameWithoutExtension(trace)}");
            Assert.NotNull(trace);
        }
        finally
        {
            Mutation.Activate(Mutant.None);
        }
    }

    private static bool IsOften(string name) => !MutantSeeds.Survivors.Contains(name) && !MutantSeeds.Uncaught.Contains(name);

    // A schedule that fails without the mutant proves nothing about it.
    private static string? Catch(Mutant mutant, ulong seed) =>
        Run(mutant, seed) is { } claim && Run(Mutant.None, seed) is null ? claim : null;

    private static string? Run(Mutant mutant, ulong seed)
    {
        Mutation.Activate(mutant);
        try
        {
            new Schedule(seed).Run();
            return null;
        }
        catch (Exception caught)
        {
            return caught.Message;
        }
    }
}
#endif
