namespace RaftKv.Storage.Wal;

/// <summary>Where one entry lies.</summary>
internal readonly record struct EntryLocation(Segment Segment, long Offset, int Length)
{
    /// <summary>The length of an entry that damage swallowed; the offset is where that was noticed.</summary>
    public const int Hole = -1;
}

/// <summary>
/// What the log keeps in memory of one group: eight bytes for each entry, its runs of equal tags and its state blob.
/// Guarded by the log's lock.
/// </summary>
internal sealed class GroupLog(long group)
{
    private readonly List<Extent> _extents = [];
    private readonly List<(long FirstIndex, long Tag)> _runs = [];

    public long Group => group;

    public long First { get; private set; } = 1;

    public long Last { get; private set; }

    public byte[] State { get; set; } = [];

    public uint Entries { get; set; }

    public uint States { get; set; }

    /// <summary>Whether a release has not been written to the log yet.</summary>
    public bool ReleaseIsNews { get; set; }

    /// <summary>Whether nothing was ever written of the group: a release made it, and the next write tells of that.</summary>
    public bool IsToBeTold => ReleaseIsNews && Entries == 0 && States == 0;

    /// <summary>
    /// The sequence of the oldest segment without which the next opening would not find the entries that it finds now; the greatest number
    /// when the group has none.
    /// </summary>
    public long OldestSegment
    {
        get
        {
            long oldest = long.MaxValue;
            foreach (Extent extent in _extents)
                oldest = Math.Min(oldest, extent.NeededFrom);
            return oldest;
        }
    }

    public bool IsEmpty => Last < First;

    /// <summary>Forgets all entries; the next one has the index after <paramref name="last"/>.</summary>
    public void Reset(long last)
    {
        _extents.Clear();
        _runs.Clear();
        First = last + 1;
        Last = last;
    }

    public void Add(Segment segment, long index, long tag, long offset, int length) =>
        Add(segment, index, tag, offset, length, segment.Header.Sequence);

    /// <summary>Adds an entry that is lost.</summary>
    /// <param name="segment">The segment in which that was noticed.</param>
    /// <param name="index">The entry's index.</param>
    /// <param name="offset">Where it was noticed.</param>
    /// <param name="neededFrom">The segment from which on the log must be read to notice it again.</param>
    public void AddHole(Segment segment, long index, long offset, long neededFrom) =>
        Add(segment, index, WriteAheadLog.UnknownTag, offset, EntryLocation.Hole, neededFrom);

    private void Add(Segment segment, long index, long tag, long offset, int length, long neededFrom)
    {
        if (IsEmpty && index > Last)
            Reset(index - 1);
        Invariant.Check(index >= First && index <= Last + 1);
        if (index <= Last)
            CutFrom(index);
        if (_extents.Count == 0 || _extents[^1].Segment != segment || _extents[^1].NeededFrom != neededFrom)
            _extents.Add(new Extent(segment, index, neededFrom));
        _extents[^1].Append(offset, length);
        if (_runs.Count == 0 || _runs[^1].Tag != tag)
            _runs.Add((index, tag));
        Last = index;
    }

    /// <summary>Puts an entry at another place and leaves the others alone. One that is gone meanwhile stays gone.</summary>
    public void Replace(Segment segment, long index, long tag, long offset, int length)
    {
        if (index < First || index > Last)
            return;
        int at = _extents.FindIndex(extent => extent.LastIndex >= index);
        Extent whole = _extents[at];
        // A repair alone brings no entry into being: it must be read behind what it repairs.
        Extent repaired = new(segment, index, whole.NeededFrom);
        repaired.Append(offset, length);
        Extent[] parts = [whole.Slice(whole.FirstIndex, index - 1), repaired, whole.Slice(index + 1, whole.LastIndex)];
        _extents.RemoveAt(at);
        _extents.InsertRange(at, parts.Where(part => part.LastIndex >= part.FirstIndex));
        ReplaceTag(index, tag);
    }

    public void ReleaseThrough(long index)
    {
        if (index < First)
            return;
        if (index >= Last)
        {
            Reset(index);
            return;
        }

        First = index + 1;
        while (_extents[0].LastIndex < First)
            _extents.RemoveAt(0);
        _extents[0].DropBefore(First);
        int kept = _runs.Count - 1;
        while (_runs[kept].FirstIndex > First)
            kept--;
        _runs.RemoveRange(0, kept);
    }

    public EntryLocation Locate(long index)
    {
        int low = 0;
        int high = _extents.Count - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (_extents[middle].FirstIndex <= index)
                low = middle;
            else
                high = middle - 1;
        }

        return _extents[low].Locate(index);
    }

    public long TagAt(long index)
    {
        int low = 0;
        int high = _runs.Count - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (_runs[middle].FirstIndex <= index)
                low = middle;
            else
                high = middle - 1;
        }

        return _runs[low].Tag;
    }

    public (long FirstIndex, long Tag)[] CopyRuns()
    {
        (long FirstIndex, long Tag)[] runs = [.. _runs];
        if (runs.Length > 0)
            runs[0].FirstIndex = First;
        return runs;
    }

    private void ReplaceTag(long index, long tag)
    {
        int at = _runs.FindLastIndex(run => run.FirstIndex <= index);
        long before = _runs[at].Tag;
        if (before == tag)
            return;
        bool endsRun = index == Last || (at + 1 < _runs.Count && _runs[at + 1].FirstIndex == index + 1);
        if (!endsRun)
            _runs.Insert(at + 1, (index + 1, before));
        if (Math.Max(_runs[at].FirstIndex, First) == index)
            _runs[at] = (index, tag);
        else
            _runs.Insert(++at, (index, tag));
        if (at + 1 < _runs.Count && _runs[at + 1].Tag == tag)
            _runs.RemoveAt(at + 1);
        if (at > 0 && _runs[at - 1].Tag == tag)
            _runs.RemoveAt(at);
    }

    private void CutFrom(long index)
    {
        while (_extents.Count > 0 && _extents[^1].FirstIndex >= index)
            _extents.RemoveAt(_extents.Count - 1);
        if (_extents.Count > 0)
            _extents[^1].CutFrom(index);
        while (_runs.Count > 0 && _runs[^1].FirstIndex >= index)
            _runs.RemoveAt(_runs.Count - 1);
        Last = index - 1;
    }

    /// <summary>Consecutive entries in one segment.</summary>
    private sealed class Extent(Segment segment, long firstIndex, long neededFrom)
    {
        private (uint Offset, int Length)[] _places = new (uint, int)[4];
        private int _start;
        private int _end;

        public Segment Segment => segment;

        /// <summary>The sequence of the segment from which on the log must be read to find the entries.</summary>
        public long NeededFrom => neededFrom;

        public long FirstIndex => firstIndex + _start;

        public long LastIndex => firstIndex + _end - 1;

        public void Append(long offset, int length)
        {
            if (_end == _places.Length)
                Array.Resize(ref _places, _places.Length * 2);
            _places[_end++] = ((uint)(offset / RecordHeader.AlignmentBytes), length);
        }

        public EntryLocation Locate(long index)
        {
            (uint offset, int length) = _places[index - firstIndex];
            return new EntryLocation(segment, (long)offset * RecordHeader.AlignmentBytes, length);
        }

        /// <summary>A copy of some of the entries; none when the last index is before the first.</summary>
        public Extent Slice(long first, long last)
        {
            Extent slice = new(segment, first, neededFrom);
            for (long index = first; index <= last; index++)
            {
                EntryLocation location = Locate(index);
                slice.Append(location.Offset, location.Length);
            }

            return slice;
        }

        public void DropBefore(long index) => _start = Math.Max(_start, (int)(index - firstIndex));

        public void CutFrom(long index) => _end = Math.Min(_end, (int)(index - firstIndex));
    }
}
