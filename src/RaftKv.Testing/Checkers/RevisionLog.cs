using RaftKv.Testing.Histories;

namespace RaftKv.Testing.Checkers;

/// <summary>
/// What each revision changed, as all watches of a history tell it together, and which one told it first. Between
/// <see cref="First"/> and <see cref="Last"/> every revision was delivered to some watch.
/// </summary>
public sealed class RevisionLog
{
    // From the lowest revision told of on; null where no watch told of one.
    private readonly Told?[] _revisions = [];
    private readonly long _lowest;

    /// <summary>Gathers what the watches of a history delivered.</summary>
    public RevisionLog(History history)
    {
        ArgumentNullException.ThrowIfNull(history);
        List<WatchDelivered> delivered = [.. history.Events.OfType<WatchDelivered>().Where(batch => batch.Changes.Count > 0)];
        if (delivered.Count > 0)
        {
            _lowest = delivered.Min(batch => batch.Changes.Min(change => change.Revision));
            _revisions = new Told?[delivered.Max(batch => batch.Changes.Max(change => change.Revision)) - _lowest + 1];
        }
        foreach (WatchDelivered batch in delivered)
            Take(batch);
        Last = Math.Max(1, _lowest + _revisions.Length - 1);
        First = Last;
        while (this[First - 1] is not null)
            First--;
    }

    /// <summary>The first revision of the stretch without holes up to <see cref="Last"/>.</summary>
    public long First { get; }

    /// <summary>The last revision that was delivered; 1, the empty store's, when none was.</summary>
    public long Last { get; }

    /// <summary>Whether every change since the store was empty is known.</summary>
    public bool IsComplete => First <= 2;

    /// <summary>The changes of a revision and the watch that told of them first; null when no watch did.</summary>
    public (string Watch, IReadOnlyList<HistoryChange> Changes)? this[long revision]
    {
        get
        {
            long place = revision - _lowest;
            return place >= 0 && place < _revisions.Length && _revisions[place] is { } told ? (told.First.Actor, told.Changes) : null;
        }
    }

    /// <summary>Every change, ascending by revision.</summary>
    public IEnumerable<HistoryChange> Changes => _revisions.OfType<Told>().SelectMany(told => told.Changes);

    // The first delivery of a revision counts, with all that it has of it.
    private void Take(WatchDelivered batch)
    {
        foreach (HistoryChange change in batch.Changes)
        {
            ref Told? told = ref _revisions[change.Revision - _lowest];
            told ??= new Told(batch);
            if (told.First == batch)
                told.Changes.Add(change);
        }
    }

    private sealed class Told(WatchDelivered first)
    {
        public WatchDelivered First => first;

        public List<HistoryChange> Changes { get; } = new(1);
    }
}
