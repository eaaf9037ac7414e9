using System.Runtime.InteropServices;
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
        RevisionLog log = history.Revisions;
        Dictionary<(string Key, string Value), (int Asked, int Happened)> puts = [];
        foreach (HistoryCall call in history.Calls)
        {
            foreach ((string, string) put in Puts(call))
                CollectionsMarshal.GetValueRefOrAddDefault(puts, put, out _).Asked++;
        }
        foreach (HistoryChange change in log.Changes)
        {
            if (change.Value is not null)
                CollectionsMarshal.GetValueRefOrAddDefault(puts, (change.Key, change.Value), out _).Happened++;
        }
        List<string> breaches = [];
        foreach (HistoryCall call in history.Calls)
        {
            foreach ((string Key, string Value) put in Puts(call))
            {
                (int asked, int happened) = puts[put];
                if (asked == 1 && happened > 1)
                    breaches.Add($"{call}: {put.Value} was put {happened} times.");
                else if (asked == 1 && happened == 1 && call.Fate == CallFate.Failed)
                    breaches.Add($"{call}: yet {put.Value} was put.");
            }
        }
        breaches.AddRange(puts.Where(put => put.Value.Asked == 0)
            .Select(put => $"{put.Key.Value} was put to {put.Key.Key}, but nobody asked for it."));
        return breaches;
    }

    // One step alone cannot put the same twice.
    private static IEnumerable<(string Key, string Value)> Puts(HistoryCall call)
    {
        if (call.Call.Then is [{ } only] && call.Call.Else.Count == 0)
            return only.Kind == StoreStepKind.Put ? [(only.Key, only.Text!)] : [];
        return call.Call.Steps.Where(step => step.Kind == StoreStepKind.Put).Select(step => (step.Key, step.Text!)).Distinct();
    }
}
