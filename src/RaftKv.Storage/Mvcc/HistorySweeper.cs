using RaftKv.Storage.Trees;

namespace RaftKv.Storage.Mvcc;

/// <summary>
/// Removes what a compaction made unreadable, walking the revisions since the last sweep in slices. A version that is replaced at or
/// before the compacted revision goes; so does a deletion before it. The changes of exactly that revision stay, all of them, for watches
/// from there.
/// </summary>
/// <remarks>
/// A slice first finds what is to go, then removes it. It may be repeated after a crash: what is gone is not found again.
/// </remarks>
internal sealed class HistorySweeper(VersionWriter writer)
{
    private readonly List<Victim> _victims = [];
    private readonly HashSet<(long Revision, int Order)> _places = [];
    private byte[] _key = [];
    private byte[] _keys = new byte[4096];
    private int _keysLength;

    /// <summary>Does one slice; whether everything up to the compacted revision is swept.</summary>
    public bool Step(TreeTransaction transaction, VersionReader versions, int changesMax)
    {
        _victims.Clear();
        _places.Clear();
        _keysLength = 0;
        bool ended = Find(versions, changesMax);
        foreach (Victim victim in _victims)
            writer.Forget(transaction, _keys.AsSpan(victim.Key.At, victim.Key.Length), victim.Revision, victim.Order);
        return ended;
    }

    private bool Find(VersionReader versions, int changesMax)
    {
        long target = versions.CompactedRevision;
        long[] marks = versions.Marks;
        versions.Reader.Pin();
        var revisions = new TreeCursor(versions.Reader, versions.Trees[MvccTree.Revisions].Root);
        var history = new TreeCursor(versions.Reader, versions.Trees[MvccTree.History].Root);
        Span<byte> place = stackalloc byte[HistoryKey.SuffixBytes];
        HistoryKey.WriteSuffix(place, marks[MvccMark.SweepNext], (int)marks[MvccMark.SweepNextOrder]);
        int changes = 0;
        for (bool any = revisions.SeekAtLeast(place); any; any = revisions.MoveNext())
        {
            versions.Reader.Pin();
            revisions.CopyKey(place);
            (long revision, int order) = HistoryKey.ReadSuffix(place);
            if (revision > target)
                break;
            if (++changes + _victims.Count > changesMax)
                return false;
            bool isDeletion = RevisionEntry.Kind(revisions) == ChangeKind.Delete;
            (int At, int Length) key = Keep(RevisionEntry.CopyKey(revisions, versions.Reader.File, ref _key));
            FindOlder(history, key, Mutation.Is(Mutant.CompactionSweepsKept) ? revision + 1 : revision, revision < target ? order : 0);
            if (isDeletion && revision < target)
                Add(key, revision, order);
            marks[MvccMark.SweepNext] = revision;
            marks[MvccMark.SweepNextOrder] = order + 1L;
        }
        marks[MvccMark.SweptRevision] = target;
        marks[MvccMark.SweepNext] = target;
        marks[MvccMark.SweepNextOrder] = 0;
        return true;
    }

    // Finds what is older than a place of a key's history; order 0 spares the whole revision.
    private void FindOlder(TreeCursor history, (int At, int Length) key, long revision, int order)
    {
        ReadOnlySpan<byte> wanted = _keys.AsSpan(key.At, key.Length);
        Span<byte> found = stackalloc byte[HistoryKey.Length(wanted.Length)];
        (long before, int place) = order > 0 ? (revision, order - 1) : (revision - 1, int.MaxValue);
        bool any = VersionReader.SeekHistory(history, wanted, before, place, exact: false);
        for (; any && Take(history, key, found); any = IsOf(history, wanted, found))
            history.MovePrevious();
    }

    // Whether it was not known yet; what is older than a known one is known too.
    private bool Take(TreeCursor history, (int At, int Length) key, Span<byte> buffer)
    {
        history.CopyKey(buffer);
        (long revision, int order) = HistoryKey.ReadSuffix(buffer[^HistoryKey.SuffixBytes..]);
        return Add(key, revision, order);
    }

    private bool Add((int At, int Length) key, long revision, int order)
    {
        if (!_places.Add((revision, order)))
            return false;
        _victims.Add(new Victim(key, revision, order));
        return true;
    }

    private (int At, int Length) Keep(ReadOnlySpan<byte> key)
    {
        int start = _keysLength;
        _keysLength += key.Length;
        if (_keysLength > _keys.Length)
            Array.Resize(ref _keys, 2 * _keysLength);
        key.CopyTo(_keys.AsSpan(start));
        return (start, key.Length);
    }

    private static bool IsOf(TreeCursor history, ReadOnlySpan<byte> key, Span<byte> buffer)
    {
        if (!history.IsValid || history.KeyLength != buffer.Length)
            return false;
        history.CopyKey(buffer);
        Span<byte> grouped = stackalloc byte[HistoryKey.GroupedLength(key.Length)];
        HistoryKey.WriteGrouped(grouped, key);
        return buffer[..grouped.Length].SequenceEqual(grouped);
    }

    private readonly record struct Victim((int At, int Length) Key, long Revision, int Order);
}
