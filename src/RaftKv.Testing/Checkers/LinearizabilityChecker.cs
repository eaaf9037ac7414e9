namespace RaftKv.Testing.Checkers;

/// <summary>
/// Decides whether a history of concurrent calls is linearizable: whether every call can be thought to happen at one moment between
/// its beginning and its end (Herlihy and Wing, Linearizability, 1990; Raft thesis 6.3).
/// </summary>
/// <remarks>
/// The search is Wing's and Gong's (1993) with Lowe's memory of configurations seen (Testing for Linearizability, 2017), on each part
/// of the state by itself. Calls of unknown fate may have happened at any moment since they began, or never.
/// </remarks>
public static class LinearizabilityChecker
{
    /// <summary>Judges a history.</summary>
    /// <param name="model">What a correct object does.</param>
    /// <param name="history">The calls; those that certainly did not happen are left out by the caller.</param>
    /// <param name="stepsMax">Bound on the search, in calls tried; default 20 million, which is seconds.</param>
    public static LinearizabilityVerdict<TCall, TAnswer> Check<TState, TCall, TAnswer>(
        SequentialModel<TState, TCall, TAnswer> model, IEnumerable<TimedCall<TCall, TAnswer>> history, long stepsMax = 20_000_000)
        where TState : IEquatable<TState>
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(history);
        long steps = 0;
        List<TimedCall<TCall, TAnswer>>? undecided = null;
        foreach (List<TimedCall<TCall, TAnswer>> part in HistoryParts.Split(history, model.Parts))
        {
            LinearizationSearch<TState, TCall, TAnswer> search = new(model, part, stepsMax - steps);
            LinearizabilityOutcome outcome = search.Run();
            steps += search.Steps;
            if (outcome == LinearizabilityOutcome.Undecided)
                undecided ??= part;
            if (outcome == LinearizabilityOutcome.NotLinearizable)
                return Verdict(outcome, Smallest(model, part, stepsMax), steps);
        }
        return undecided is null
            ? Verdict<TCall, TAnswer>(LinearizabilityOutcome.Linearizable, [], steps)
            : Verdict(LinearizabilityOutcome.Undecided, undecided, steps);
    }

    private static LinearizabilityVerdict<TCall, TAnswer> Verdict<TCall, TAnswer>(
        LinearizabilityOutcome outcome, IReadOnlyList<TimedCall<TCall, TAnswer>> offending, long steps) =>
        new() { Outcome = outcome, Offending = offending, Steps = steps };

    // A longer beginning of a history that nothing explains is not explained either, so the shortest is found by halving.
    private static List<TimedCall<TCall, TAnswer>> Smallest<TState, TCall, TAnswer>(
        SequentialModel<TState, TCall, TAnswer> model, List<TimedCall<TCall, TAnswer>> part, long stepsMax)
        where TState : IEquatable<TState>
    {
        long[] ends = [.. part.Where(call => !call.IsPending).Select(call => call.Ended).Order()];
        (int good, int bad) = (-1, ends.Length - 1);
        while (bad - good > 1)
        {
            int middle = (good + bad) / 2;
            if (Fails(model, Until(part, ends[middle]), stepsMax))
                bad = middle;
            else
                good = middle;
        }
        List<TimedCall<TCall, TAnswer>> smallest = Until(part, ends[bad]);
        for (int i = smallest.Count - 1; i >= 0; i--)
        {
            if (!model.IsReadOnly(smallest[i].Call))
                continue;
            List<TimedCall<TCall, TAnswer>> without = [.. smallest[..i], .. smallest[(i + 1)..]];
            if (Fails(model, without, stepsMax))
                smallest = without;
        }
        return smallest;
    }

    private static bool Fails<TState, TCall, TAnswer>(
        SequentialModel<TState, TCall, TAnswer> model, List<TimedCall<TCall, TAnswer>> calls, long stepsMax)
        where TState : IEquatable<TState> =>
        new LinearizationSearch<TState, TCall, TAnswer>(model, calls, stepsMax).Run() == LinearizabilityOutcome.NotLinearizable;

    // What an observer knew at a moment: later calls are not there, answers that came later are not known.
    private static List<TimedCall<TCall, TAnswer>> Until<TCall, TAnswer>(List<TimedCall<TCall, TAnswer>> part, long end) =>
    [
        .. part.Where(call => call.Started <= end).Select(call =>
            call.Ended <= end ? call : new TimedCall<TCall, TAnswer>(call.Call, call.Started, long.MaxValue, default)),
    ];
}
