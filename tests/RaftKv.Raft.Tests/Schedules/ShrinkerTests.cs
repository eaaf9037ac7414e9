#if DEBUG
using RaftKv.Raft.Tests.Traces;

namespace RaftKv.Raft.Tests.Schedules;

/// <summary>A schedule that breaks a claim becomes a short trace that breaks the same claim.</summary>
public sealed class ShrinkerTests
{
    [Theory]
    [InlineData(nameof(Mutant.CommitOldTermByCounting), 30)]
    [InlineData(nameof(Mutant.VoteTwice), 10)]
    [InlineData(nameof(Mutant.ForgetVoteOnRestart), 20)]
    [InlineData(nameof(Mutant.CountAmnesiac), 20)]
    public void A_failing_schedule_shrinks_to_a_short_trace_that_fails_with_the_bug_and_passes_without(string name, int commandsMax)
    {
        Mutation.Activate(Enum.Parse<Mutant>(name));
        try
        {
            (IReadOnlyList<string> commands, Failure found) = FirstFailure();
            IReadOnlyList<string> few = ShrunkTrace.Shrink(commands);
            string text = ShrunkTrace.Text($"Mutant {name}", found.Claim, few);
            TestContext.Current.TestOutputHelper?.WriteLine($"{commands.Count} commands shrunk to {few.Count}\n{text}");
            Assert.InRange(few.Count, 2, commandsMax);
            Assert.Equal(found.Claim, Failure.Of(few)?.Claim);
            Assert.Equal(found.Claim, Assert.Throws<ClaimViolatedException>(() => TraceRunner.Replay(text)).Claim);

            Mutation.Activate(Mutant.None);
            Assert.Null(Failure.Of(few));
            string recorded = TraceRunner.Replay(text);
            Assert.Equal(recorded, TraceRunner.Replay(recorded));
        }
        finally
        {
            Mutation.Activate(Mutant.None);
        }
    }

    [Fact]
    public void A_failing_schedule_leaves_a_trace_and_names_it()
    {
        Mutation.Activate(Mutant.VoteBeforeDurable);
        try
        {
            Exception failed = Assert.Throws<InvalidOperationException>(() => ShrunkTrace.Run(1));
            string path = failed.Message.Split("AS A TRACE: ")[1];
            string text = File.ReadAllText(path);
            Assert.StartsWith("# Seed 1 of the random schedules, shrunk. The last command broke: ", text, StringComparison.Ordinal);
            Assert.Throws<ClaimViolatedException>(() => TraceRunner.Replay(text));
        }
        finally
        {
            Mutation.Activate(Mutant.None);
        }
    }

    private static (IReadOnlyList<string> Commands, Failure Failure) FirstFailure()
    {
        for (ulong seed = 1; seed <= 1500; seed++)
        {
            Schedule schedule = new(seed);
            try
            {
                schedule.Run();
            }
            catch (ClaimViolatedException violated)
            {
                return (schedule.Commands, new Failure(violated.Claim, schedule.Commands.Count - 1));
            }
        }
        throw new InvalidOperationException("no schedule fails");
    }
}
#endif
