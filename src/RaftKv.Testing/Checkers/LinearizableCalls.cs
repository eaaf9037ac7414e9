using RaftKv.Testing.Histories;

namespace RaftKv.Testing.Checkers;

/// <summary>
/// What clients saw of values can be explained by one order that keeps real time (Herlihy and Wing 1990; Raft thesis 6.3 and 6.4).
/// </summary>
/// <param name="stepsMax">Bound on the search; a history that is undecided then breaks nothing and is counted. Default 2 million.</param>
public sealed class LinearizableCalls(long stepsMax = 2_000_000) : IHistoryChecker
{
    /// <inheritdoc/>
    public string Property => "the calls are linearizable";

    /// <summary>Histories that were neither proved nor refuted within the bound.</summary>
    public long Undecided { get; private set; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Check(History history)
    {
        ArgumentNullException.ThrowIfNull(history);
        LinearizabilityVerdict<StoreCall, StoreAnswer> verdict = Judge(history, stepsMax);
        if (verdict.Outcome == LinearizabilityOutcome.Undecided)
            Undecided++;
        return verdict.Outcome == LinearizabilityOutcome.NotLinearizable ? [$"nothing explains\n{verdict}"] : [];
    }

    /// <summary>The verdict with the part that nothing explains.</summary>
    public static LinearizabilityVerdict<StoreCall, StoreAnswer> Judge(History history, long stepsMax = 20_000_000)
    {
        ArgumentNullException.ThrowIfNull(history);
        HistoryCall[] calls = [.. history.Calls.Where(call => call.Fate != CallFate.Failed && call.Call.IsLinearizable)];
        return LinearizabilityChecker.Check(
            new StoreModel(calls.Select(call => call.Call)), calls.Select(Timed), stepsMax);
    }

    private static TimedCall<StoreCall, StoreAnswer> Timed(HistoryCall call) =>
        new(call.Call, call.Started, call.Fate == CallFate.Unknown ? long.MaxValue : call.Ended, call.Answer);
}
