using RaftKv.Testing.Histories;

namespace RaftKv.Testing.Checkers;

/// <summary>
/// A watch delivers every revision once, whole and in order, from where it began, over every interruption; and all watches tell the
/// same story (the order is that of the log: Raft 5.3, State Machine Safety).
/// </summary>
public sealed class WatchOrder : IHistoryChecker
{
    /// <inheritdoc/>
    public string Property => "watches see every revision once and in order";

    /// <inheritdoc/>
    public IReadOnlyList<string> Check(History history)
    {
        ArgumentNullException.ThrowIfNull(history);
        RevisionLog log = new(history);
        List<string> breaches = [];
        Dictionary<string, long> next = [];
        foreach (HistoryEvent happened in history.Events)
        {
            switch (happened)
            {
                case WatchStarted started:
                    next[started.Actor] = started.FromRevision;
                    break;
                case WatchRefused refused when refused.CompactedRevision <= next.GetValueOrDefault(refused.Actor):
                    breaches.Add($"{refused.Actor} was told that {next[refused.Actor]} is compacted, but that was only done up to "
                        + $"{refused.CompactedRevision}.");
                    break;
                case WatchDelivered delivered:
                    Take(delivered, next, log, breaches);
                    break;
                default:
                    break;
            }
        }
        return breaches;
    }

    private static void Take(WatchDelivered delivered, Dictionary<string, long> next, RevisionLog log, List<string> breaches)
    {
        string watch = delivered.Actor;
        long expected = next.GetValueOrDefault(watch, 2);
        foreach (IGrouping<long, HistoryChange> revision in Consecutive(delivered.Changes))
        {
            if (revision.Key < expected)
                breaches.Add($"{watch} got revision {revision.Key} again or out of order, after {expected - 1}.");
            for (; expected < revision.Key; expected++)
            {
                if (log[expected] is { } missed)
                    breaches.Add($"{watch} missed revision {expected}, which {missed.Watch} saw.");
            }
            if (log[revision.Key] is { } known && !known.Changes.SequenceEqual(revision))
            {
                breaches.Add($"{watch} saw revision {revision.Key} as {string.Join(' ', revision)}, "
                    + $"but {known.Watch} as {string.Join(' ', known.Changes)}.");
            }
            expected = Math.Max(expected, revision.Key + 1);
        }
        if (delivered.Through < expected - 1)
            breaches.Add($"{watch} was given revision {expected - 1} in a batch that ends with {delivered.Through}.");
        for (; expected <= delivered.Through; expected++)
        {
            if (log[expected] is { } missed)
                breaches.Add($"{watch} missed revision {expected}, which {missed.Watch} saw.");
        }
        next[watch] = expected;
    }

    // Changes of one revision that do not follow each other are two deliveries of it.
    private static IEnumerable<IGrouping<long, HistoryChange>> Consecutive(IReadOnlyList<HistoryChange> changes)
    {
        for (int start = 0; start < changes.Count;)
        {
            int end = start + 1;
            while (end < changes.Count && changes[end].Revision == changes[start].Revision)
                end++;
            yield return changes.Skip(start).Take(end - start).GroupBy(change => change.Revision).Single();
            start = end;
        }
    }
}
