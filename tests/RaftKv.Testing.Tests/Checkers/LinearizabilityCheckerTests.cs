using RaftKv.Raft;
using RaftKv.Testing.Checkers;
using RaftKv.Testing.Histories;

namespace RaftKv.Testing.Tests.Checkers;

/// <summary>The checker agrees with trying every order, and explains what it rejects with the smallest part.</summary>
public sealed class LinearizabilityCheckerTests
{
    [Fact]
    public void The_verdict_is_that_of_trying_every_order()
    {
        int[] verdicts = new int[2];
        for (ulong seed = 1; seed <= 6000; seed++)
        {
            List<TimedCall<StoreCall, StoreAnswer>> history = SmallHistories.Draw(new SplittableRandom(seed));
            StoreModel model = new(history.Select(call => call.Call));
            bool expected = BruteForce.IsLinearizable(model, history);

            LinearizabilityOutcome outcome = LinearizabilityChecker.Check(model, history).Outcome;

            Assert.True(expected == (outcome == LinearizabilityOutcome.Linearizable),
                $"Seed {seed}: {outcome}\n{string.Join('\n', history)}");
            verdicts[expected ? 1 : 0]++;
        }
        Assert.All(verdicts, count => Assert.True(count > 500, $"{verdicts[0]} bad and {verdicts[1]} good histories are too one-sided"));
    }

    [Fact]
    public void The_offending_part_is_bad_by_itself_and_no_longer_when_a_read_is_missing()
    {
        for (ulong seed = 1; seed <= 1000; seed++)
        {
            List<TimedCall<StoreCall, StoreAnswer>> history = SmallHistories.Draw(new SplittableRandom(seed));
            StoreModel model = new(history.Select(call => call.Call));
            LinearizabilityVerdict<StoreCall, StoreAnswer> verdict = LinearizabilityChecker.Check(model, history);
            if (verdict.Outcome != LinearizabilityOutcome.NotLinearizable)
                continue;
            Assert.False(BruteForce.IsLinearizable(model, verdict.Offending));
            foreach (TimedCall<StoreCall, StoreAnswer> read in verdict.Offending.Where(call => call.Call.IsReadOnly))
                Assert.True(BruteForce.IsLinearizable(model, [.. verdict.Offending.Where(call => call != read)]));
        }
    }

    [Fact]
    public void Keys_that_share_no_call_are_judged_apart_so_that_long_histories_are_cheap()
    {
        List<TimedCall<StoreCall, StoreAnswer>> history = [];
        for (int i = 0; i < 20_000; i++)
        {
            StoreCall put = StoreCall.Parse($"put k{i % 50} {i}");
            history.Add(new TimedCall<StoreCall, StoreAnswer>(put, i * 10, (i * 10) + 55, StoreAnswer.Parse("1 + .")));
        }

        LinearizabilityVerdict<StoreCall, StoreAnswer> verdict =
            LinearizabilityChecker.Check(new StoreModel(history.Select(call => call.Call)), history);

        Assert.Equal(LinearizabilityOutcome.Linearizable, verdict.Outcome);
        Assert.Equal(20_000, verdict.Steps);
    }

    [Fact]
    public void What_is_read_where_nobody_wrote_anything_is_judged_too()
    {
        TimedCall<StoreCall, StoreAnswer> read = new(StoreCall.Parse("range a z"), 1, 2, StoreAnswer.Parse("1 + x=1"));

        LinearizabilityVerdict<StoreCall, StoreAnswer> verdict = LinearizabilityChecker.Check(new StoreModel([read.Call]), [read]);

        Assert.Equal(LinearizabilityOutcome.NotLinearizable, verdict.Outcome);
    }

    [Fact]
    public void Calls_of_unknown_fate_that_hide_each_other_are_cheap()
    {
        (LinearizabilityVerdict<StoreCall, StoreAnswer> verdict, int calls) = Judge(i => "put x " + i, "get x", "1 + never");

        Assert.Equal(LinearizabilityOutcome.NotLinearizable, verdict.Outcome);
        Assert.InRange(verdict.Steps, calls, calls * calls);
    }

    [Fact]
    public void A_search_that_is_too_long_ends_undecided()
    {
        // Every subset of them would be seen, and none was.
        (LinearizabilityVerdict<StoreCall, StoreAnswer> verdict, int calls) = Judge(i => $"put x{i} 1", "range x y", "1 + y=1");

        Assert.Equal(LinearizabilityOutcome.Undecided, verdict.Outcome);
        Assert.Equal(calls, verdict.Offending.Count);
    }

    // Twenty calls of unknown fate, none of which explains what is read after them.
    private static (LinearizabilityVerdict<StoreCall, StoreAnswer> Verdict, int Calls) Judge(
        Func<int, string> pending, string read, string seen)
    {
        List<TimedCall<StoreCall, StoreAnswer>> history =
        [
            .. Enumerable.Range(0, 20).Select(i =>
                new TimedCall<StoreCall, StoreAnswer>(StoreCall.Parse(pending(i)), i, long.MaxValue, null)),
            new(StoreCall.Parse(read), 100, 101, StoreAnswer.Parse(seen)),
        ];
        return (LinearizabilityChecker.Check(new StoreModel(history.Select(call => call.Call)), history, stepsMax: 10_000), history.Count);
    }

    [Fact]
    public void A_users_own_model_is_a_class_of_a_few_lines()
    {
        TimedCall<int, int>[] good = [new(5, 0, 10, 5), new(3, 1, 9, 8), new(0, 11, 12, 8)];
        TimedCall<int, int>[] bad = [new(5, 0, 10, 5), new(3, 11, 12, 3)];

        Assert.Equal(LinearizabilityOutcome.Linearizable, LinearizabilityChecker.Check(new Adder(), good).Outcome);
        Assert.Equal(LinearizabilityOutcome.NotLinearizable, LinearizabilityChecker.Check(new Adder(), bad).Outcome);
    }

    // A number that calls add to; each is told the sum.
    private sealed class Adder : SequentialModel<int, int, int>
    {
        public override int Initial => 0;

        public override int Apply(int state, int call, out int answer) => answer = state + call;

        public override bool Agrees(int correct, int seen) => correct == seen;
    }
}
