using RaftKv.Storage.Trees;

namespace RaftKv.Storage.Mvcc;

/// <summary>Reads the history of changes in order, whole revisions at a time.</summary>
internal sealed class ChangeReader(VersionReader versions)
{
    private readonly TreeCursor _revisions = new(versions.Reader, versions.Trees[MvccTree.Revisions].Root);
    private readonly TreeCursor _history = new(versions.Reader, versions.Trees[MvccTree.History].Root);
    private readonly List<StoreChange> _changes = [];
    private byte[] _key = [];

    public ChangeBatch Read(ChangeQuery query)
    {
        long compacted = versions.CompactedRevision;
        if (query.FromRevision < compacted)
            return new ChangeBatch(RevisionStatus.Compacted, [], query.FromRevision, compacted);
        bool all = query.Key.IsEmpty;
        var interval = new KeyInterval(query.Key, query.RangeEnd);
        long bytes = 0;
        int seen = 0;
        long last = query.FromRevision - 1;
        Span<byte> place = stackalloc byte[HistoryKey.SuffixBytes];
        HistoryKey.WriteSuffix(place, query.FromRevision, 0);
        bool found = _revisions.SeekAtLeast(place);
        for (; found; found = _revisions.MoveNext())
        {
            versions.Reader.Pin();
            _revisions.CopyKey(place);
            (long revision, int order) = HistoryKey.ReadSuffix(place);
            bool isFull = seen > 0 && (bytes >= query.BytesMax || seen >= query.ChangesMax);
            if (isFull && (revision != last || Mutation.Is(Mutant.WatchSplitsRevision)))
                return new ChangeBatch(RevisionStatus.Ok, _changes, last + (Mutation.Is(Mutant.WatchDropsAtBatchEnd) ? 2 : 1), compacted);
            last = revision;
            seen++;
            ChangeKind kind = RevisionEntry.Kind(_revisions);
            ReadOnlySpan<byte> key = RevisionEntry.CopyKey(_revisions, versions.Reader.File, ref _key);
            if (!all && !interval.Contains(key))
                continue;
            StoreChange change = Change(kind, key, revision, order, query.WithPrevious);
            _changes.Add(change);
            bytes += change.Current.Key.Length + change.Current.Value.Length;
        }
        return new ChangeBatch(RevisionStatus.Ok, _changes, Math.Max(query.FromRevision, versions.Revision + 1), compacted);
    }

    private StoreChange Change(ChangeKind kind, ReadOnlySpan<byte> key, long revision, int order, bool withPrevious)
    {
        KeyValue current = kind == ChangeKind.Delete
            ? new KeyValue(key.ToArray(), default, 0, revision, 0, 0)
            : Version(key, revision, order);
        KeyValue? previous = withPrevious ? Previous(key, revision) : null;
        return new StoreChange(kind, order, current, previous);
    }

    private KeyValue Version(ReadOnlySpan<byte> key, long revision, int order)
    {
        if (versions.TryGetNewest(key, out VersionRecord newest) && newest.ModRevision == revision && newest.Order == order)
            return versions.Materialize(key, newest, keysOnly: false);
        Invariant.Check(VersionReader.SeekHistory(_history, key, revision, order, exact: true));
        return versions.Materialize(key, VersionRecord.Parse(_history.Value, _history.IsRun), keysOnly: false);
    }

    // As in etcd the version before is the one of the revision before, so it goes when that revision is compacted.
    private KeyValue? Previous(ReadOnlySpan<byte> key, long revision)
    {
        if (revision - 1 < versions.CompactedRevision
            || !VersionReader.SeekHistory(_history, key, revision - 1, int.MaxValue, exact: false))
            return null;
        VersionRecord record = VersionRecord.Parse(_history.Value, _history.IsRun);
        return record.IsDeletion ? null : versions.Materialize(key, record, keysOnly: false);
    }
}
