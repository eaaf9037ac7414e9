using RaftKv.Testing.Histories;

namespace RaftKv.Testing.Checkers;

/// <summary>
/// A write that was acknowledged at a revision is what that revision changed, for ever (Raft 5.4, Leader Completeness).
/// </summary>
public sealed class NoAcknowledgedWriteLost : IHistoryChecker
{
    /// <inheritdoc/>
    public string Property => "no acknowledged write is lost";

    /// <inheritdoc/>
    public IReadOnlyList<string> Check(History history)
    {
        ArgumentNullException.ThrowIfNull(history);
        RevisionLog log = history.Revisions;
        List<string> breaches = [];
        foreach (HistoryCall call in history.Calls.Where(call => call.Answer is not null && !call.Call.IsReadOnly))
        {
            StoreAnswer answer = call.Answer!;
            if (answer.Revision < log.First || answer.Revision > log.Last)
                continue;
            foreach (StoreStep put in Last(answer.Succeeded ? call.Call.Then : call.Call.Else))
            {
                if (log[answer.Revision]?.Changes.Any(change => change.Key == put.Key && change.Value == put.Text) != true)
                    breaches.Add($"{call} was acknowledged, but revision {answer.Revision} does not hold it.");
            }
        }
        breaches.AddRange(history.Events.OfType<MemberState>().GroupBy(state => state.Actor).Select(states => states.Last())
            .Where(state => state.Revision < log.Last)
            .Select(state => $"{state.Actor} ended at revision {state.Revision}, but {log.Last} was delivered."));
        long acknowledged = history.Calls.Max(call => call.Answer?.Revision) ?? 0;
        breaches.AddRange(history.Events.OfType<MemberState>().GroupBy(state => state.Actor).Select(states => states.Last())
            .Where(state => state.Revision < acknowledged)
            .Select(state => $"{state.Actor} ended at revision {state.Revision}, but {acknowledged} was acknowledged."));
        return breaches;
    }

    // Of several puts to one key in a transaction the store keeps the last.
    private static IEnumerable<StoreStep> Last(IReadOnlyList<StoreStep> steps) =>
        steps.Where(step => step.Kind is StoreStepKind.Put or StoreStepKind.Delete).GroupBy(step => step.Key)
            .Select(group => group.Last()).Where(step => step.Kind == StoreStepKind.Put);
}
