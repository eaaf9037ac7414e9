using RaftKv.Testing.Histories;

namespace RaftKv.Testing.Checkers;

/// <summary>
/// A lock has one holder at a time, and what it fences is written by its holder alone, whoever else still takes himself for it (Raft thesis
/// 6.4: what one client completed, every later one sees).
/// </summary>
/// <remarks>
/// A lock is a key: it is taken by a transaction that puts the holder's token where no key is, and given back, or broken by another client, by
/// one that deletes the key while it has that token. What it fences has the lock's name behind another prefix, and values that begin with the
/// token of the writer and a dot. Tokens are used once.
/// </remarks>
/// <param name="locks">What the keys of locks begin with.</param>
/// <param name="fenced">What the keys that they fence begin with.</param>
public sealed class LockSafety(string locks, string fenced) : IHistoryChecker
{
    /// <inheritdoc/>
    public string Property => "a lock has one holder at a time";

    /// <inheritdoc/>
    public IReadOnlyList<string> Check(History history)
    {
        ArgumentNullException.ThrowIfNull(history);
        return [.. InRevisions(history.Revisions), .. InTime(history.Calls)];
    }

    // What the store did, revision after revision. All changes of one revision happen at once: its fences ask who held before it.
    private IEnumerable<string> InRevisions(RevisionLog log)
    {
        Dictionary<string, string> holders = [];
        for (long revision = log.First; log.IsComplete && revision <= log.Last; revision++)
        {
            IReadOnlyList<HistoryChange> changes = log[revision]?.Changes ?? [];
            foreach (HistoryChange write in changes)
            {
                string? holder = Name(write.Key, fenced) is { } name ? holders.GetValueOrDefault(name, "nobody") : null;
                if (holder is not null && write.Value is { } value && !value.StartsWith($"{holder}.", StringComparison.Ordinal))
                    yield return $"revision {revision} put {value} to {write.Key} while {holder} held its lock.";
            }
            foreach (HistoryChange change in changes)
            {
                if (Name(change.Key, locks) is not { } name)
                    continue;
                if (change.Value is { } token && holders.TryGetValue(name, out string? holder))
                    yield return $"revision {revision} gave {change.Key} to {token} while {holder} held it.";
                if (change.Value is null)
                    holders.Remove(name);
                else
                    holders[name] = change.Value;
            }
        }
    }

    // What clients were told: from the answer that gives the lock until somebody asks to end that hold, it is held for certain.
    private IEnumerable<string> InTime(IReadOnlyList<HistoryCall> calls)
    {
        Dictionary<string, string> holders = [];
        HashSet<string> ending = [];
        IEnumerable<(int At, HistoryCall Call, bool IsEnd)> moments =
        [
            .. calls.Where(call => Taken(call.Call) is not null && call.Answer is { Succeeded: true }).Select(call => (call.Ended, call, true)),
            .. calls.Where(call => Ended(call.Call) is not null).Select(call => (call.Started, call, false)),
        ];
        foreach ((_, HistoryCall call, bool isEnd) in moments.OrderBy(moment => moment.At))
        {
            if (!isEnd)
            {
                StoreGuard hold = Ended(call.Call)!;
                ending.Add(hold.Value!);
                if (holders.GetValueOrDefault(hold.Key) == hold.Value)
                    holders.Remove(hold.Key);
                continue;
            }
            // An answer may come late: when others have seen the hold, and asked to end it, it says nothing of this moment.
            StoreStep taken = Taken(call.Call)!;
            if (ending.Contains(taken.Text!))
                continue;
            if (holders.TryGetValue(taken.Key, out string? holder))
                yield return $"{call}: yet {holder} held it, and nobody had asked to end that.";
            holders[taken.Key] = taken.Text!;
        }
    }

    // The put by which a call takes a lock.
    private StoreStep? Taken(StoreCall call) => call.Then.FirstOrDefault(step =>
        step.Kind == StoreStepKind.Put && Name(step.Key, locks) is not null && call.Guards.Contains(new StoreGuard(step.Key, null)));

    // The hold that a call ends.
    private StoreGuard? Ended(StoreCall call) => call.Guards.FirstOrDefault(guard =>
        guard.Value is not null && call.Then.Any(step => step.Kind == StoreStepKind.Delete && step.Key == guard.Key)
        && Name(guard.Key, locks) is not null);

    private static string? Name(string key, string prefix) => key.StartsWith(prefix, StringComparison.Ordinal) ? key[prefix.Length..] : null;
}
