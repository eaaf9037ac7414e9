using RaftKv.Testing.Histories;

namespace RaftKv.Testing.Checkers;

/// <summary>
/// What each revision changed, as all watches of a history tell it together, and which one told it first. Between
/// <see cref="First"/> and <see cref="Last"/> every revision was delivered to some watch.
/// </summary>
public sealed class RevisionLog
{
    private readonly SortedDictionary<long, (string Watch, IReadOnlyList<HistoryChange> Changes)> _revisions = [];

    /// <summary>Gathers what the watches of a history delivered.</summary>
    public RevisionLog(History history)
    {
        ArgumentNullException.ThrowIfNull(history);
        foreach (WatchDelivered delivered in history.Events.OfType<WatchDelivered>())
        {
            foreach (IGrouping<long, HistoryChange> revision in delivered.Changes.GroupBy(change => change.Revision))
                _revisions.TryAdd(revision.Key, (delivered.Actor, [.. revision]));
        }
        Last = _revisions.Count == 0 ? 1 : _revisions.Keys.Last();
        First = Last;
        while (_revisions.ContainsKey(First - 1))
            First--;
    }

    /// <summary>The first revision of the stretch without holes up to <see cref="Last"/>.</summary>
    public long First { get; }

    /// <summary>The last revision that was delivered; 1, the empty store's, when none was.</summary>
    public long Last { get; }

    /// <summary>Whether every change since the store was empty is known.</summary>
    public bool IsComplete => First <= 2;

    /// <summary>The changes of a revision and the watch that told of them first; null when no watch did.</summary>
    public (string Watch, IReadOnlyList<HistoryChange> Changes)? this[long revision] =>
        _revisions.TryGetValue(revision, out (string, IReadOnlyList<HistoryChange>) known) ? known : null;

    /// <summary>Every change, ascending by revision.</summary>
    public IEnumerable<HistoryChange> Changes => _revisions.Values.SelectMany(revision => revision.Changes);
}
