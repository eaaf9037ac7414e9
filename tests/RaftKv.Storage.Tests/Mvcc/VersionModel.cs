using RaftKv.Storage.Mvcc;

namespace RaftKv.Storage.Tests.Mvcc;

/// <summary>The data model as plain lists: what every read of the store is compared with.</summary>
internal sealed class VersionModel
{
    private readonly List<StoreChange> _changes = [];

    public long Revision { get; private set; } = 1;

    public long Compacted { get; set; }

    public VersionModel Copy()
    {
        var copy = new VersionModel { Revision = Revision, Compacted = Compacted };
        copy._changes.AddRange(_changes);
        return copy;
    }

    public void Put(byte[] key, byte[] value, long lease, ref int order)
    {
        long revision = Advance(order);
        KeyValue? old = Get(key, long.MaxValue);
        var current = new KeyValue(key, value, old?.CreateRevision ?? revision, revision, (old?.Version ?? 0) + 1, lease);
        _changes.Add(new StoreChange(ChangeKind.Put, order++, current, null));
    }

    public int Delete(RangeQuery range, ref int order)
    {
        List<KeyValue> victims = At(range, long.MaxValue);
        foreach (KeyValue victim in victims)
            _changes.Add(new StoreChange(ChangeKind.Delete, order, new KeyValue(victim.Key, default, 0, Advance(order++), 0, 0), null));
        return victims.Count;
    }

    public KeyValue? Get(byte[] key, long revision) => At(new RangeQuery { Key = key }, revision).SingleOrDefault();

    public List<KeyValue> At(RangeQuery range, long revision)
    {
        var newest = new SortedDictionary<byte[], StoreChange>(Comparer<byte[]>.Create((l, r) => l.AsSpan().SequenceCompareTo(r)));
        var interval = new KeyInterval(range.Key, range.RangeEnd);
        foreach (StoreChange change in _changes)
        {
            if (change.Revision <= revision && interval.Contains(change.Current.Key.Span))
                newest[change.Current.Key.ToArray()] = change;
        }
        return newest.Values.Where(change => change.Kind == ChangeKind.Put).Select(change => change.Current).ToList();
    }

    public IEnumerable<StoreChange> ChangesFrom(long revision) => _changes.Where(change => change.Revision >= revision);

    private long Advance(int order)
    {
        if (order == 0)
            Revision++;
        return Revision;
    }
}
