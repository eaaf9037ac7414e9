using RaftKv.Storage.Trees;

namespace RaftKv.Storage.Mvcc;

/// <summary>
/// Removes what a compaction made unreadable, walking the revisions since the last sweep in slices. A version that is replaced at or
/// before the compacted revision goes; so does a deletion before it. The changes of exactly that revision stay, all of them, for watches
/// from there.
/// </summary>
/// <remarks>A slice may be repeated after a crash: what is gone is not found again.</remarks>
internal sealed class HistorySweeper(VersionWriter writer)
{
    private readonly List<(long Revision, int Order)> _older = [];

    /// <summary>Does one slice; whether everything up to the compacted revision is swept.</summary>
    public bool Step(TreeTransaction transaction, VersionReader versions, int changesMax)
    {
        long target = versions.CompactedRevision;
        long[] marks = transaction.Marks;
        Span<byte> place = stackalloc byte[HistoryKey.SuffixBytes];
        for (int changes = 0; changes < changesMax; changes += 1 + _older.Count)
        {
            transaction.Reader.Pin();
            HistoryKey.WriteSuffix(place, marks[MvccMark.SweepNext], (int)marks[MvccMark.SweepNextOrder]);
            var revisions = new TreeCursor(versions.Reader, versions.Trees[MvccTree.Revisions].Root);
            long revision = long.MaxValue;
            int order = 0;
            if (revisions.SeekAtLeast(place))
            {
                revisions.CopyKey(place);
                (revision, order) = HistoryKey.ReadSuffix(place);
            }
            if (revision > target)
            {
                marks[MvccMark.SweptRevision] = target;
                marks[MvccMark.SweepNext] = target;
                marks[MvccMark.SweepNextOrder] = 0;
                return true;
            }
            bool isDeletion = RevisionEntry.Kind(revisions) == ChangeKind.Delete;
            byte[] buffer = [];
            byte[] key = RevisionEntry.CopyKey(revisions, versions.Reader.File, ref buffer).ToArray();
            ForgetOlder(transaction, versions, key, revision, revision < target ? order : 0);
            if (isDeletion && revision < target)
                writer.Forget(transaction, key, revision, order);
            marks[MvccMark.SweepNext] = revision;
            marks[MvccMark.SweepNextOrder] = order + 1L;
        }
        return false;
    }

    // Forgets what is older than a place of a key's history; order 0 spares the whole revision.
    private void ForgetOlder(TreeTransaction transaction, VersionReader versions, byte[] key, long revision, int order)
    {
        _older.Clear();
        transaction.Reader.Pin();
        var history = new TreeCursor(versions.Reader, versions.Trees[MvccTree.History].Root);
        Span<byte> found = stackalloc byte[HistoryKey.Length(key.Length)];
        (long before, int place) = order > 0 ? (revision, order - 1) : (revision - 1, int.MaxValue);
        for (bool any = VersionReader.SeekHistory(history, key, before, place, exact: false); any; any = IsOf(history, key, found))
        {
            history.CopyKey(found);
            _older.Add(HistoryKey.ReadSuffix(found[^HistoryKey.SuffixBytes..]));
            history.MovePrevious();
        }
        foreach ((long oldRevision, int oldOrder) in _older)
            writer.Forget(transaction, key, oldRevision, oldOrder);
    }

    private static bool IsOf(TreeCursor history, byte[] key, Span<byte> buffer)
    {
        if (!history.IsValid || history.KeyLength != buffer.Length)
            return false;
        history.CopyKey(buffer);
        Span<byte> grouped = stackalloc byte[HistoryKey.GroupedLength(key.Length)];
        HistoryKey.WriteGrouped(grouped, key);
        return buffer[..grouped.Length].SequenceEqual(grouped);
    }
}
