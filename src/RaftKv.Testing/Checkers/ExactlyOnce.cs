using RaftKv.Testing.Histories;

namespace RaftKv.Testing.Checkers;

/// <summary>
/// A write happens once when it was acknowledged, never when it failed, and at most once when its fate is unknown (Raft 8 and
/// thesis 6.3). Judged for values that only one call puts; a counter that is raised by such puts counts what was acknowledged.
/// </summary>
public sealed class ExactlyOnce : IHistoryChecker
{
    /// <inheritdoc/>
    public string Property => "a write happens exactly once";

    /// <inheritdoc/>
    public IReadOnlyList<string> Check(History history)
    {
        ArgumentNullException.ThrowIfNull(history);
        RevisionLog log = new(history);
        Dictionary<(string, string), int> puts = history.Calls.SelectMany(Puts).CountBy(put => put).ToDictionary();
        Dictionary<(string, string), int> happened = log.Changes.Where(change => change.Value is not null)
            .CountBy(change => (change.Key, change.Value!)).ToDictionary();
        List<string> breaches = [];
        foreach (HistoryCall call in history.Calls)
        {
            foreach ((string Key, string Value) put in Puts(call).Where(put => puts[put] == 1))
            {
                int times = happened.GetValueOrDefault(put);
                if (times > 1)
                    breaches.Add($"{call}: {put.Value} was put {times} times.");
                else if (times == 1 && call.Fate == CallFate.Failed)
                    breaches.Add($"{call}: yet {put.Value} was put.");
            }
        }
        IEnumerable<(string, string)> known = puts.Keys;
        breaches.AddRange(happened.Keys.Except(known).Select(put => $"{put.Item2} was put to {put.Item1}, but nobody asked for it."));
        return breaches;
    }

    private static IEnumerable<(string Key, string Value)> Puts(HistoryCall call) =>
        call.Call.Steps.Where(step => step.Kind == StoreStepKind.Put).Select(step => (step.Key, step.Text!)).Distinct();
}
