using System.Runtime.InteropServices;
using RaftKv.Storage.Trees;

namespace RaftKv.Storage.Mvcc;

/// <summary>
/// Removes what a compaction made unreadable, walking the revisions since the last sweep in slices. A version that is replaced at or
/// before the compacted revision goes; so does a deletion before it. The changes of exactly that revision stay, all of them, for watches
/// from there.
/// </summary>
/// <remarks>
/// From the compacted revision down: so the first change of a key that is met is the last one, and everything older of that key, which lies
/// side by side, goes with it at once. A slice first finds what is to go, then removes it. It may be repeated after a crash: what is gone
/// is not found again.
/// </remarks>
internal sealed class HistorySweeper(VersionWriter writer)
{
    private readonly List<Victims> _victims = [];
    private readonly List<(long Revision, int Order)> _places = [];     // of all victims, those of one key newest first
    private readonly HashSet<(long Revision, int Order)> _known = [];
    private byte[] _key = [];
    private byte[] _keys = new byte[4096];
    private int _keysLength;
    private int _room;

    /// <summary>Does one slice. A sweep goes to where history was compacted when it began; what was compacted meanwhile is the next one's.</summary>
    public void Step(TreeTransaction transaction, VersionReader versions, int changesMax)
    {
        _victims.Clear();
        _places.Clear();
        _known.Clear();
        _keysLength = 0;
        Find(versions, changesMax);
        foreach (Victims victims in _victims)
        {
            writer.Forget(transaction, _keys.AsSpan(victims.KeyAt, victims.KeyLength),
                CollectionsMarshal.AsSpan(_places).Slice(victims.First, victims.Count));
        }
    }

    // Looks at changes below those that were looked at before, until as many as may be were seen or taken.
    private void Find(VersionReader versions, int changesMax)
    {
        long[] marks = versions.Marks;
        if (marks[MvccMark.SweepTop] <= marks[MvccMark.SweptRevision])
            Begin(marks);
        versions.Reader.Pin();
        var revisions = new TreeCursor(versions.Reader, versions.Trees[MvccTree.Revisions].Root);
        var history = new TreeCursor(versions.Reader, versions.Trees[MvccTree.History].Root);
        Span<byte> place = stackalloc byte[HistoryKey.SuffixBytes];
        (long before, int last) = Before(marks[MvccMark.SweepSeen], (int)marks[MvccMark.SweepSeenOrder]);
        HistoryKey.WriteSuffix(place, before, last);
        _room = changesMax;
        for (bool any = revisions.SeekAtMost(place); any; any = revisions.MovePrevious())
        {
            versions.Reader.Pin();
            revisions.CopyKey(place);
            (long revision, int order) = HistoryKey.ReadSuffix(place);
            if (revision < marks[MvccMark.SweptRevision])
                break;
            if (--_room < 0 || (!_known.Contains((revision, order)) && !TryTake(revisions, history, versions, revision, order)))
                return;
            marks[MvccMark.SweepSeen] = revision;
            marks[MvccMark.SweepSeenOrder] = order;
        }
        marks[MvccMark.SweptRevision] = marks[MvccMark.SweepTop];
    }

    private static void Begin(long[] marks)
    {
        marks[MvccMark.SweepTop] = marks[MvccMark.CompactedRevision];
        marks[MvccMark.SweepSeen] = marks[MvccMark.CompactedRevision] + 1;
        marks[MvccMark.SweepSeenOrder] = 0;
    }

    // Takes what a change replaced, and the change itself when it is a deletion that goes; false when not all of it has room. One version
    // has, in any case; and a deletion is the last to go, or what it deleted would be back.
    private bool TryTake(TreeCursor revisions, TreeCursor history, VersionReader versions, long revision, int order)
    {
        bool spares = revision == versions.Marks[MvccMark.SweepTop];
        bool goes = !spares && RevisionEntry.Kind(revisions) == ChangeKind.Delete;
        (int At, int Length) key = Keep(RevisionEntry.CopyKey(revisions, versions.Reader.File, ref _key));
        int first = _places.Count;
        bool all = TryTakeOlder(history, key, Before(Mutation.Is(Mutant.CompactionSweepsKept) ? revision + 1 : revision, spares ? 0 : order));
        if (all && goes && _known.Add((revision, order)))
            _places.Insert(first, (revision, order));
        if (_places.Count > first)
            _victims.Add(new Victims(key.At, key.Length, first, _places.Count - first));
        return all;
    }

    private bool TryTakeOlder(TreeCursor history, (int At, int Length) key, (long Revision, int Order) last)
    {
        ReadOnlySpan<byte> wanted = _keys.AsSpan(key.At, key.Length);
        Span<byte> found = stackalloc byte[HistoryKey.Length(wanted.Length)];
        int first = _places.Count;
        bool any = VersionReader.SeekHistory(history, wanted, last.Revision, last.Order, exact: false);
        for (; any; any = history.MovePrevious() && IsOf(history, wanted, found))
        {
            if (_room <= 0 && _places.Count > first)
                return false;
            history.CopyKey(found);
            (long Revision, int Order) place = HistoryKey.ReadSuffix(found[^HistoryKey.SuffixBytes..]);
            if (!_known.Add(place))
                return true;    // what is older than a known one is known too
            _places.Add(place);
            _room--;
        }
        return true;
    }

    private static (long Revision, int Order) Before(long revision, int order)
        => order > 0 ? (revision, order - 1) : (revision - 1, int.MaxValue);

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
        if (history.KeyLength != buffer.Length)
            return false;
        history.CopyKey(buffer);
        Span<byte> grouped = stackalloc byte[HistoryKey.GroupedLength(key.Length)];
        HistoryKey.WriteGrouped(grouped, key);
        return buffer[..grouped.Length].SequenceEqual(grouped);
    }

    // Versions of one key that follow each other in history: where the key is kept, and which of the places are theirs.
    private readonly record struct Victims(int KeyAt, int KeyLength, int First, int Count);
}
