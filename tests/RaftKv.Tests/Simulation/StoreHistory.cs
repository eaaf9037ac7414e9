using RaftKv.Tests.Support;
using RaftKv.Watch;

namespace RaftKv.Tests.Simulation;

/// <summary>What each revision changed, as the first watch that reached it saw it. Every other watch must see the same.</summary>
internal sealed class StoreHistory
{
    private readonly SortedDictionary<long, string> _revisions = [];
    private readonly Dictionary<string, List<long>> _puts = [];

    public long LastRevision => _revisions.Count == 0 ? 1 : _revisions.Keys.Last();

    /// <summary>The revisions at which a value was put, whatever the key; values are unique to their write.</summary>
    public IReadOnlyList<long> PutsOf(string value) => _puts.GetValueOrDefault(value) ?? [];

    public void Seen(long revision, IReadOnlyList<WatchEvent> events)
    {
        string text = string.Join("; ", events.Select(change => $"{change.Kind} {Text.Of(change.Current)}"));
        if (_revisions.TryGetValue(revision, out string? known))
        {
            Assert.Equal(known, text);
            return;
        }
        _revisions.Add(revision, text);
        foreach (WatchEvent put in events.Where(change => change.Current is not null))
        {
            if (!_puts.TryGetValue(put.Current!.ValueText, out List<long>? at))
                _puts[put.Current.ValueText] = at = [];
            at.Add(revision);
        }
    }
}
