using RaftKv.Storage.Pages;
using RaftKv.Storage.Trees;

namespace RaftKv.Storage.Mvcc;

/// <summary>Reads versions from one state of the trees: a published one, or the one a write transaction is making.</summary>
internal sealed class VersionReader(TreeStore store, PageReader reader, TreeRoot[] trees, long[] marks)
{
    public PageReader Reader => reader;

    public TreeRoot[] Trees => trees;

    public long[] Marks => marks;

    public long Revision => marks[MvccMark.Revision] + 1;

    public long CompactedRevision => marks[MvccMark.CompactedRevision];

    public RevisionStatus StatusOf(long revision)
        => revision > Revision ? RevisionStatus.Future : revision < OldestRevision ? RevisionStatus.Compacted : RevisionStatus.Ok;

    private long OldestRevision => CompactedRevision
        + (Mutation.Is(Mutant.CompactionHidesKept) ? 1 : Mutation.Is(Mutant.CompactionAheadOfReader) ? -3 : 0);

    /// <summary>The newest version of a key, still in its page.</summary>
    public bool TryGetNewest(ReadOnlySpan<byte> key, out VersionRecord record)
    {
        bool found = TreeReader.TryGet(reader, trees[MvccTree.Keys].Root, key, out ReadOnlySpan<byte> value, out bool isRun);
        record = found ? VersionRecord.Parse(value, isRun) : default;
        return found;
    }

    public KeyValue? Get(ReadOnlySpan<byte> key)
    {
        reader.Pin();
        try
        {
            return TryGetNewest(key, out VersionRecord record) ? Materialize(key, record, keysOnly: false) : null;
        }
        finally
        {
            reader.Unpin();
        }
    }

    public VersionScan Scan(KeyInterval interval, long revision)
        => new(reader, trees, interval, revision, Revision);

    public RangeResult Range(RangeQuery query)
    {
        long revision = query.Revision <= 0 ? Revision : query.Revision;
        RevisionStatus status = StatusOf(revision);
        if (status != RevisionStatus.Ok)
            return new RangeResult(status, [], 0, false);
        reader.Pin();
        try
        {
            var interval = new KeyInterval(query.Key, query.RangeEnd);
            if (query.CountOnly)
                return new RangeResult(RevisionStatus.Ok, [], Count(interval, revision), false);
            return Collect(query, interval, revision);
        }
        finally
        {
            reader.Unpin();
        }
    }

    /// <summary>How many keys a range had: two descents at the newest revision, a walk at older ones.</summary>
    public long Count(KeyInterval interval, long revision)
    {
        if (revision < Revision)
            return Scan(interval, revision).CountRest();
        if (interval.IsSingle)
            return TryGetNewest(interval.Start.Span, out _) ? 1 : 0;
        TreeRoot keys = trees[MvccTree.Keys];
        long end = interval.IsOpen ? keys.Count : TreeReader.Rank(reader, keys.Root, interval.End);
        return Math.Max(0, end - TreeReader.Rank(reader, keys.Root, interval.Start.Span));
    }

    private RangeResult Collect(RangeQuery query, KeyInterval interval, long revision)
    {
        VersionScan scan = Scan(interval, revision);
        bool early = !query.IsSorted && !query.HasFilter;
        bool keysOnly = query.KeysOnly && query.Target != RangeTarget.Value;
        long limit = query.Limit > 0 ? query.Limit : long.MaxValue;
        var items = new List<KeyValue>();
        long count = 0;
        while (scan.MoveNext())
        {
            count++;
            VersionRecord record = scan.Record;
            if (query.Keeps(record.ModRevision, record.CreateRevision))
                items.Add(Materialize(scan.Key, record, keysOnly));
            if (!early || items.Count < limit)
                continue;
            long total = revision < Revision ? count + scan.CountRest() : Count(interval, revision);
            return new RangeResult(RevisionStatus.Ok, items, total, total > items.Count);
        }
        List<KeyValue> sorted = query.IsSorted ? RangeSort.Sort(items, query) : items;
        bool more = sorted.Count > limit;
        if (more)
            sorted = sorted.Take((int)limit).ToList();
        return new RangeResult(RevisionStatus.Ok, sorted, count, more);
    }

    /// <summary>Copies a version out of its page; key and value share one array.</summary>
    public KeyValue Materialize(ReadOnlySpan<byte> key, in VersionRecord record, bool keysOnly)
    {
        int valueLength = keysOnly ? 0 : checked((int)record.ValueLength);
        var bytes = new byte[key.Length + valueLength];
        key.CopyTo(bytes);
        if (!keysOnly)
            CopyValue(record, bytes.AsSpan(key.Length));
        return new KeyValue(bytes.AsMemory(0, key.Length), bytes.AsMemory(key.Length), record.CreateRevision, record.ModRevision,
            record.Version, record.Lease);
    }

    /// <summary>Copies a version's value, from its page or from its run.</summary>
    public void CopyValue(in VersionRecord record, Span<byte> destination)
    {
        if (!record.IsRun)
        {
            record.Value.CopyTo(destination);
            return;
        }
        RunReference run = RunReference.FromEnd(record.Value);
        store.File.Read(run.Page, run.Checksum, destination[..(int)run.Length]);
    }

    /// <summary>Finds a version in history by its exact place, or the newest one before it; the cursor stands on it.</summary>
    /// <param name="cursor">A cursor over the history.</param>
    /// <param name="key">The user's key.</param>
    /// <param name="revision">Its revision.</param>
    /// <param name="order">Its order inside the revision.</param>
    /// <param name="exact">Whether only that very version will do.</param>
    public static bool SeekHistory(TreeCursor cursor, ReadOnlySpan<byte> key, long revision, int order, bool exact)
    {
        Span<byte> wanted = stackalloc byte[HistoryKey.Length(key.Length)];
        HistoryKey.Write(wanted, key, revision, order);
        if (!cursor.SeekAtMost(wanted) || cursor.KeyLength != wanted.Length)
            return false;
        Span<byte> found = stackalloc byte[wanted.Length];
        cursor.CopyKey(found);
        int compared = exact ? wanted.Length : wanted.Length - HistoryKey.SuffixBytes;
        return found[..compared].SequenceEqual(wanted[..compared]);
    }
}
