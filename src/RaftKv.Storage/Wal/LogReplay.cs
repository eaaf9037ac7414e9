namespace RaftKv.Storage.Wal;

/// <summary>Builds the groups from the records, in order.</summary>
internal sealed class LogReplay
{
    public SortedDictionary<long, GroupLog> Groups { get; } = [];

    public void Apply(Segment segment, SegmentScan scan)
    {
        foreach (ScannedRecord record in scan.Records)
            Apply(segment, record);
    }

    private void Apply(Segment segment, ScannedRecord record)
    {
        RecordHeader header = record.Header;
        switch (header.Type)
        {
            case RecordType.Entry:
                ApplyEntry(segment, record);
                break;
            case RecordType.State:
                GroupLog stated = Group(header.Group);
                stated.State = record.Payload ?? [];
                stated.States = header.States;
                break;
            case RecordType.Release:
                Group(header.Group).ReleaseThrough(header.Index);
                break;
            case RecordType.GroupStart:
                ApplyGroupStart(record);
                break;
            default:
                break;
        }
    }

    private void ApplyEntry(Segment segment, ScannedRecord record)
    {
        GroupLog group = Group(record.Header.Group);
        long index = record.Header.Index;

        // The entries before were in segments released since: what the group was then no longer matters.
        if (index < group.First)
            group.Reset(index - 1);
        if (index > group.Last + 1 && !group.IsEmpty)
        {
            throw new StorageCorruptException(
                segment.Name, record.Offset, $"entry {index} of group {group.Group} follows entry {group.Last}");
        }

        group.Add(segment, index, record.Header.Tag, record.Offset, record.Header.Length);
        group.Entries = record.Header.Entries;
    }

    private void ApplyGroupStart(ScannedRecord record)
    {
        RecordHeader header = record.Header;
        if (!Groups.TryGetValue(header.Group, out GroupLog? group))
        {
            group = Group(header.Group);
            group.Reset(header.Tag);
        }

        group.ReleaseThrough(header.Index);
        group.State = record.Payload ?? [];
        group.Entries = header.Entries;
        group.States = header.States;
    }

    private GroupLog Group(long number)
    {
        if (!Groups.TryGetValue(number, out GroupLog? group))
            Groups.Add(number, group = new GroupLog(number));
        return group;
    }
}
