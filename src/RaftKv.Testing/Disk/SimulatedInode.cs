using RaftKv.Raft;

namespace RaftKv.Testing.Disk;

/// <summary>
/// One file's content as the running machine sees it and as the platter holds it, with every version in between of each sector
/// written since the last flush.
/// </summary>
/// <remarks>
/// The page cache holds one copy of a sector, so what reaches the platter is its content after some number of the pending writes,
/// in their order; different sectors stop at different numbers. That is all a disk without flushes promises.
/// </remarks>
internal sealed class SimulatedInode
{
    public const int SectorBytes = 512;

    private SparseBytes _visible = new();
    private readonly SortedList<long, List<Version>> _pending = [];
    private readonly List<(long Sequence, long Length)> _pendingLengths = [];
    private readonly SparseBytes _durable = new();
    private readonly List<(long Offset, long Length)> _unreadable = [];

    // What a flush has made superfluous serves the next writes.
    private readonly Stack<List<Version>> _spareLists = new();
    private readonly Stack<byte[]> _spareSectors = new();
    private long _durableLength;
    private long _sequence;

    // A write that was lost although it was acknowledged, until another one behind it is flushed and its absence can be noticed.
    private (long Offset, byte[] Content)? _heldBack;
    private bool _isFollowed;
    private bool _flushFailed;

    public SimulatedInode()
    {
    }

    private SimulatedInode(SparseBytes content, long length, List<(long Offset, long Length)> unreadable)
    {
        _unreadable.AddRange(unreadable);
        _durable = content;
        _visible = content.Clone();
        _durableLength = length;
        Length = length;
    }

    public long Length { get; private set; }

    public int OpenHandles { get; set; }

    public void Read(long offset, Span<byte> destination) => _visible.Read(offset, destination);

    public void Write(long offset, ReadOnlySpan<byte> source)
    {
        if (source.IsEmpty)
            return;
        // What comes before it belongs to another use of the file. Zeros erase and prove nothing.
        if (_heldBack is { } lost && offset < lost.Offset)
            Surrender();
        _isFollowed |= _heldBack is not null && source.ContainsAnyExcept((byte)0);
        _visible.Write(offset, source);
        _sequence++;
        if (offset + source.Length > Length)
        {
            Length = offset + source.Length;
            _pendingLengths.Add((_sequence, Length));
        }

        RememberSectors(offset / SectorBytes, (offset + source.Length - 1) / SectorBytes);
    }

    /// <summary>Loses a write, for good once a later one behind it is flushed.</summary>
    public void HoldBack(long offset, ReadOnlySpan<byte> source)
    {
        Surrender();
        (_heldBack, _isFollowed) = ((offset, source.ToArray()), false);
        if (offset + source.Length > Length)
            SetLength(offset + source.Length);
    }

    /// <summary>A write that was held back and that nothing proves to be missing was there all the time.</summary>
    public void Surrender()
    {
        if (_heldBack is not { } kept)
            return;
        _heldBack = null;
        Write(kept.Offset, kept.Content);
        _durable.Write(kept.Offset, kept.Content);
        _durableLength = Math.Max(_durableLength, kept.Offset + kept.Content.Length);
    }

    public void SetLength(long length)
    {
        _sequence++;
        if (length < Length)
        {
            _visible.Truncate(length);
            if (length % SectorBytes != 0)
                RememberSectors(length / SectorBytes, length / SectorBytes);
            long[] cutOff = [.. _pending.Keys.Where(sector => sector * SectorBytes >= length)];
            foreach (long sector in cutOff)
                RememberSectors(sector, sector);
        }

        Length = length;
        _pendingLengths.Add((_sequence, length));
    }

    public void Flush()
    {
        if (_isFollowed)
            _heldBack = null;
        ApplyLengths(long.MaxValue);
        for (int i = 0; i < _pending.Count; i++)
            _durable.Write(_pending.GetKeyAtIndex(i) * SectorBytes, _pending.GetValueAtIndex(i)[^1].Content);
        _durable.Truncate(_durableLength);
        Forget();
    }

    /// <summary>
    /// A flush that fails: some sectors reached the platter, and the cache counts all of them as clean, so that no later flush
    /// writes them although reads still see them.
    /// </summary>
    public void FailFlush(SplittableRandom random)
    {
        foreach ((long sector, List<Version> versions) in _pending)
        {
            if (random.Chance(0.5))
                _durable.Write(sector * SectorBytes, versions[^1].Content);
        }

        if (random.Chance(0.5))
            ApplyLengths(long.MaxValue);
        Forget();
        _flushFailed = true;
    }

    /// <summary>The process that had the file open is gone. The cache keeps only what a flush could still write.</summary>
    public void Reopen()
    {
        OpenHandles = 0;
        Surrender();
        if (!_flushFailed)
            return;
        _visible = _durable.Clone();
        Length = _pendingLengths.Count > 0 ? _pendingLengths[^1].Length : _durableLength;
        foreach ((long sector, List<Version> versions) in _pending)
            _visible.Write(sector * SectorBytes, versions[^1].Content);
        _visible.Truncate(Length);
        _flushFailed = false;
    }

    /// <summary>
    /// How many ways each unflushed thing can go: first the length (how many of its changes count), then each sector in order
    /// (which of its versions is on the platter, none being the flushed one).
    /// </summary>
    public IEnumerable<int> CrashChoices() => _pending.Values.Select(versions => versions.Count + 1).Prepend(_pendingLengths.Count + 1);

    /// <summary>What a reader finds after the power comes back, for one way that each of <see cref="CrashChoices"/> went.</summary>
    public SimulatedInode AfterCrash(IEnumerator<int> choices)
    {
        SparseBytes content = _durable.Clone();
        long length = _durableLength;
        foreach ((long _, long changed) in _pendingLengths.Take(Next(choices)))
        {
            if (changed < length)
                content.Truncate(changed);
            length = changed;
        }

        foreach ((long sector, List<Version> versions) in _pending)
        {
            int kept = Next(choices);
            if (kept > 0)
                content.Write(sector * SectorBytes, versions[kept - 1].Content);
        }

        // Last, for what was written to the same sector later lacks it there; of that nothing was flushed.
        if (_heldBack is { } held)
        {
            content.Write(held.Offset, held.Content);
            length = Math.Max(length, held.Offset + held.Content.Length);
        }
        content.Truncate(length);
        return new SimulatedInode(content, length, _unreadable);
    }

    /// <summary>One way for each of <see cref="CrashChoices"/>.</summary>
    public List<int> DrawChoices(CrashStyle style, SplittableRandom random)
    {
        long cut = style switch
        {
            CrashStyle.LoseAll => 0,
            CrashStyle.KeepAll => long.MaxValue,
            _ => random.Next(_sequence + 1),
        };
        long lengthCut = style == CrashStyle.Scatter ? random.Next(_sequence + 1) : cut;
        List<int> choices = [_pendingLengths.Count(change => change.Sequence <= lengthCut)];
        foreach (List<Version> versions in _pending.Values)
        {
            choices.Add(style == CrashStyle.Scatter
                ? random.Next(versions.Count + 1)
                : versions.Count(v => v.Sequence < cut || (v.Sequence == cut && random.Chance(0.5))));
        }

        return choices;
    }

    /// <summary>Lets reads of a range fail.</summary>
    public void MakeUnreadable(long offset, long length) => _unreadable.Add((offset, length));

    public bool IsUnreadable(long offset, long length)
    {
        foreach ((long Offset, long Length) range in _unreadable)
        {
            if (range.Offset < offset + length && offset < range.Offset + range.Length)
                return true;
        }
        return false;
    }

    /// <summary>Changes a byte on the platter and in every copy of it.</summary>
    public void Flip(long offset, byte mask)
    {
        FlipIn(_visible, offset, mask);
        FlipIn(_durable, offset, mask);
        if (_pending.TryGetValue(offset / SectorBytes, out List<Version>? versions))
        {
            foreach (Version version in versions)
                version.Content[offset % SectorBytes] ^= mask;
        }
    }

    private static int Next(IEnumerator<int> choices)
    {
        choices.MoveNext();
        return choices.Current;
    }

    private static void FlipIn(SparseBytes bytes, long offset, byte mask)
    {
        Span<byte> one = stackalloc byte[1];
        bytes.Read(offset, one);
        one[0] ^= mask;
        bytes.Write(offset, one);
    }

    private void RememberSectors(long first, long last)
    {
        for (long sector = first; sector <= last; sector++)
        {
            if (!_spareSectors.TryPop(out byte[]? content))
                content = new byte[SectorBytes];
            _visible.Read(sector * SectorBytes, content);
            if (!_pending.TryGetValue(sector, out List<Version>? versions))
                _pending.Add(sector, versions = _spareLists.TryPop(out List<Version>? spare) ? spare : []);
            versions.Add(new Version(_sequence, content));
        }
    }

    private void ApplyLengths(long through)
    {
        foreach ((long sequence, long length) in _pendingLengths)
        {
            if (sequence > through)
                break;
            if (length < _durableLength)
                _durable.Truncate(length);
            _durableLength = length;
        }
    }

    private void Forget()
    {
        foreach (List<Version> versions in _pending.Values)
        {
            foreach (Version version in versions)
                _spareSectors.Push(version.Content);
            versions.Clear();
            _spareLists.Push(versions);
        }
        _pending.Clear();
        _pendingLengths.Clear();
    }

    private readonly record struct Version(long Sequence, byte[] Content);
}

/// <summary>Which of the unflushed writes a crash keeps.</summary>
internal enum CrashStyle
{
    LoseAll,
    KeepAll,

    /// <summary>All writes up to some moment, the one at that moment torn.</summary>
    Prefix,

    /// <summary>Each sector on its own.</summary>
    Scatter,
}
