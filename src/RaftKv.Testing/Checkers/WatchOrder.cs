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
        RevisionLog log = history.Revisions;
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
        IReadOnlyList<HistoryChange> changes = delivered.Changes;
        // Changes of one revision that do not follow each other are two deliveries of it.
        for (int start = 0, end; start < changes.Count; start = end)
        {
            long revision = changes[start].Revision;
            for (end = start + 1; end < changes.Count && changes[end].Revision == revision;)
                end++;
            if (revision < expected)
                breaches.Add($"{watch} got revision {revision} again or out of order, after {expected - 1}.");
            for (; expected < revision; expected++)
            {
                if (log[expected] is { } missed)
                    breaches.Add($"{watch} missed revision {expected}, which {missed.Watch} saw.");
            }
            if (log[revision] is { } known && !IsSame(known.Changes, changes, start, end))
            {
                breaches.Add($"{watch} saw revision {revision} as {string.Join(' ', changes.Take(start..end))}, "
                    + $"but {known.Watch} as {string.Join(' ', known.Changes)}.");
            }
            expected = Math.Max(expected, revision + 1);
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

    private static bool IsSame(IReadOnlyList<HistoryChange> known, IReadOnlyList<HistoryChange> changes, int start, int end)
    {
        if (known.Count != end - start)
            return false;
        for (int i = 0; i < known.Count; i++)
        {
            if (known[i] != changes[start + i])
                return false;
        }
        return true;
    }
}
