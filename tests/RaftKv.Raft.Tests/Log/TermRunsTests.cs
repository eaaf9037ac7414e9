using FsCheck;
using FsCheck.Fluent;
using RaftKv.Raft.Log;

namespace RaftKv.Raft.Tests.Log;

/// <summary>Term runs against a plain list of terms.</summary>
public sealed class TermRunsTests
{
    [Fact]
    public void Runs_answer_like_a_plain_list_of_terms_under_appends_truncations_and_compactions() =>
        Prop.ForAll<int[]>(ArbMap.Default.ArbFor<int[]>(), AgreesWithList).QuickCheckThrowOnFailure();

    [Fact]
    public void The_last_position_not_above_a_limit_skips_whole_terms()
    {
        TermRuns runs = new(LogPosition.Zero, [At(1, 1), At(4, 4), At(6, 7)], new LogIndex(9));
        Assert.Equal(At(6, 9), runs.LastNotAbove(At(7, 20)));
        Assert.Equal(At(4, 6), runs.LastNotAbove(At(5, 9)));
        Assert.Equal(At(4, 5), runs.LastNotAbove(At(4, 5)));
        Assert.Equal(At(1, 3), runs.LastNotAbove(At(3, 9)));
        Assert.Equal(LogPosition.Zero, runs.LastNotAbove(At(0, 9)));
    }

    [Fact]
    public void Compaction_keeps_the_term_of_the_base_and_nothing_before_it()
    {
        TermRuns runs = new(LogPosition.Zero, [At(1, 1), At(4, 4)], new LogIndex(9));
        runs.CompactTo(At(1, 3));
        Assert.Null(runs.TermAt(new LogIndex(2)));
        Assert.Equal(new Term(1), runs.TermAt(new LogIndex(3)));
        runs.CompactTo(At(4, 5));
        Assert.Equal(new Term(4), runs.TermAt(new LogIndex(6)));
        runs.CompactTo(At(4, 9));
        Assert.Equal(At(4, 9), runs.LastPosition);
    }

    private static LogPosition At(long term, long index) => new(new Term(term), new LogIndex(index));

    private static void AgreesWithList(int[] moves)
    {
        TermRuns runs = new(LogPosition.Zero, [], LogIndex.Zero);
        List<long> list = [0];
        int first = 0;
        foreach (int move in moves)
        {
            int argument = Math.Abs(move % 7);
            if (move % 5 == 0 && list.Count - 1 > first)
            {
                int from = first + 1 + argument % (list.Count - 1 - first);
                runs.TruncateFrom(new LogIndex(from));
                list.RemoveRange(from, list.Count - from);
            }
            else if (move % 5 == 1)
            {
                first += argument % (list.Count - first);
                runs.CompactTo(At(list[first], first));
            }
            else
            {
                long term = Math.Max(1, list[^1] + (argument > 4 ? argument - 4 : 0));
                runs.Append(At(term, list.Count));
                list.Add(term);
            }
            RequireEqual(runs, list, first);
        }
    }

    private static void RequireEqual(TermRuns runs, List<long> list, int first)
    {
        Assert.Equal(list.Count - 1, runs.Last.Value);
        for (int i = 0; i < list.Count + 1; i++)
            Assert.Equal(i >= first && i < list.Count ? new Term(list[i]) : null, runs.TermAt(new LogIndex(i)));
        for (long term = 0; term <= list[^1] + 1; term++)
        {
            int expected = list.Count - 1;
            while (expected > first && list[expected] > term)
                expected--;
            Assert.Equal(At(list[expected], expected), runs.LastNotAbove(At(term, list.Count)));
        }
    }
}
