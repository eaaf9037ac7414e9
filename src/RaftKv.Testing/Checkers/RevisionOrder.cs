using RaftKv.Testing.Histories;

namespace RaftKv.Testing.Checkers;

/// <summary>
/// The store's own revisions are an order that explains everything: they never go back in real time, and every answer is what the
/// watched changes up to its revision make it (Raft thesis 6.4). Takes time linear in the history, reads at a revision and
/// serializable reads included.
/// </summary>
public sealed class RevisionOrder : IHistoryChecker
{
    /// <inheritdoc/>
    public string Property => "the revisions explain every answer";

    /// <inheritdoc/>
    public IReadOnlyList<string> Check(History history)
    {
        ArgumentNullException.ThrowIfNull(history);
        RevisionLog log = history.Revisions;
        List<string> breaches = [.. AgainstTime(history)];
        if (!log.IsComplete)
            return breaches;
        HistoryCall[] answered =
        [
            .. history.Calls.Where(call => call.Answer is not null && ReadRevision(call) <= log.Last).OrderBy(ReadRevision),
        ];
        StoreModel model = new(history.Calls.Select(call => call.Call));
        StoreModelState state = model.Initial;
        long revision = 1;
        foreach (HistoryCall call in answered)
        {
            for (; revision < ReadRevision(call); revision++)
                state = Changed(state, log[revision + 1]!.Value.Changes);
            model.Apply(state, call.Call, out StoreAnswer correct);
            if (!correct.Agrees(call.Answer!))
                breaches.Add($"{call}: at revision {revision} the answer is {string.Join(' ', correct.Results)}.");
        }
        return breaches;
    }

    // A write is judged against the state just before its revision, a read against the state of its revision.
    private static long ReadRevision(HistoryCall call)
    {
        if (call.Call.AtRevision > 0)
            return call.Call.AtRevision;
        StoreAnswer answer = call.Answer!;
        return IsWrite(call) ? answer.Revision - 1 : answer.Revision;
    }

    // A transaction whose branch changed nothing has no revision of its own.
    private static bool IsWrite(HistoryCall call)
    {
        IReadOnlyList<StoreStep> steps = call.Answer!.Succeeded ? call.Call.Then : call.Call.Else;
        return steps.Zip(call.Answer.Results).Any(step =>
            step.First.Kind == StoreStepKind.Put || (step.First.Kind == StoreStepKind.Delete && step.Second != "0"));
    }

    private static StoreModelState Changed(StoreModelState state, IReadOnlyList<HistoryChange> changes)
    {
        foreach (HistoryChange change in changes)
            state = state.With(change.Key, change.Value);
        return state;
    }

    private static IEnumerable<string> AgainstTime(History history)
    {
        // What had been answered when each call began: sweep over beginnings and ends in order.
        HistoryCall[] ends = [.. history.Calls.Where(call => call.Answer is not null).OrderBy(call => call.Ended)];
        (long newest, HistoryCall? by, int ended) = (0L, null, 0);
        foreach (HistoryCall call in history.Calls.Where(call => call.Answer is not null && call.Call.IsLinearizable))
        {
            for (; ended < ends.Length && ends[ended].Ended < call.Started; ended++)
            {
                if (ends[ended].Answer!.Revision > newest)
                    (newest, by) = (ends[ended].Answer!.Revision, ends[ended]);
            }
            long least = IsWrite(call) ? newest + 1 : newest;
            if (call.Answer!.Revision < least)
                yield return $"{call} began after revision {newest} had been answered to {by}.";
        }
        foreach (IGrouping<long, HistoryCall> revision in ends.Where(IsWrite).GroupBy(call => call.Answer!.Revision))
        {
            if (revision.Count() > 1)
                yield return $"revision {revision.Key} was given to {string.Join(" and to ", revision)}.";
        }
    }
}
