namespace RaftKv.Storage.Wal;

/// <summary>What is durable, as readers see it. Everything here is guarded by <see cref="Gate"/>.</summary>
internal sealed class LogState(RecoveredLog recovered)
{
    private bool _releaseIsNews;

    // The oldest segment of those that are kept for the groups' states, until a segment has repeated these.
    private long _keptFrom = recovered.HasDamagedStart ? recovered.Oldest : long.MaxValue;

    public object Gate { get; } = new();

    public SortedDictionary<long, GroupLog> Groups { get; } = recovered.Groups;

    /// <summary>The segments in order; the last one is written to.</summary>
    public List<Segment> Segments { get; } = recovered.Segments;

    /// <summary>The oldest segment needed, as the log says itself. Older ones may be there still while readers hold them.</summary>
    public long OldestWritten { get; private set; } = recovered.Oldest;

    public GroupLog Group(long number)
    {
        if (!Groups.TryGetValue(number, out GroupLog? group))
            Groups.Add(number, group = new GroupLog(number));
        return group;
    }

    public void Release(long number, long throughIndex)
    {
        if (throughIndex < (Groups.TryGetValue(number, out GroupLog? known) ? known.First : 1))
            return;
        GroupLog group = known ?? Group(number);
        group.ReleaseThrough(throughIndex);
        group.ReleaseIsNews = true;
        _releaseIsNews = true;
    }

    /// <summary>Goes on in another segment, whose first write repeats the groups' states.</summary>
    public void Enter(Segment next)
    {
        Segments.Add(next);
        _keptFrom = long.MaxValue;
    }

    /// <summary>The records that tell of releases since the last write.</summary>
    public LogHousekeeping TakeNews()
    {
        LogHousekeeping news = new();
        if (!_releaseIsNews)
            return news;
        _releaseIsNews = false;
        long oldest = Math.Min(_keptFrom, Segments[^1].Header.Sequence);
        foreach (GroupLog group in Groups.Values)
        {
            oldest = Math.Min(oldest, group.OldestSegment);
            if (!group.ReleaseIsNews)
                continue;
            group.ReleaseIsNews = false;
            news.Released.Add(group);
            news.Batch.Add(RecordType.Release, group.Group, group.First - 1, 0, 0, []);
        }

        if (oldest > OldestWritten)
        {
            news.Oldest = oldest;
            news.Batch.Add(RecordType.Oldest, 0, oldest, 0, 0, []);
        }

        return news;
    }

    /// <summary>The write that carried the news failed: the next one tells it again.</summary>
    public void ReturnNews(LogHousekeeping news)
    {
        foreach (GroupLog group in news.Released)
            group.ReleaseIsNews = true;
        _releaseIsNews |= news.Released.Count > 0;
    }

    /// <summary>Makes durable records visible.</summary>
    public void Publish(Segment segment, long position, ReadOnlySpan<byte> records)
    {
        for (int offset = 0; offset < records.Length;)
        {
            RecordHeader header = RecordHeader.Read(records[offset..]);
            if (header.Type is RecordType.Entry or RecordType.State or RecordType.Repair)
                Apply(segment, position + offset, header, records.Slice(offset + RecordHeader.Bytes, header.Length));
            offset += header.Size;
        }
    }

    /// <summary>Lets go of the segments that durable news free.</summary>
    /// <returns>Names of files that are free now.</returns>
    public List<string> Publish(LogHousekeeping news)
    {
        if (news.Oldest > 0)
            OldestWritten = news.Oldest;
        return DropSegments();
    }

    private void Apply(Segment segment, long offset, RecordHeader header, ReadOnlySpan<byte> payload)
    {
        GroupLog group = Group(header.Group);
        group.Entries = header.Entries;
        group.States = header.States;
        if (header.Type == RecordType.State)
            group.State = payload.ToArray();
        else if (header.Type == RecordType.Repair)
            group.Replace(segment, header.Index, header.Tag, offset, header.Length);
        else if (header.Index >= group.First)
            group.Add(segment, header.Index, header.Tag, offset, header.Length);
        else if (header.Index <= group.Last)
            group.Reset(group.First - 1); // released while the write was under way, yet it still replaces what comes after
    }

    /// <summary>Closes released segments from the oldest on, as far as no reader holds them; later calls take the rest.</summary>
    private List<string> DropSegments()
    {
        List<string> freed = [];
        while (Segments[0].Header.Sequence < OldestWritten && Segments[0].Pins == 0)
        {
            freed.Add(Segments[0].Name);
            Segments[0].Dispose();
            Segments.RemoveAt(0);
        }

        return freed;
    }
}
