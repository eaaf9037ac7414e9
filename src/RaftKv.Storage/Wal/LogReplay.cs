namespace RaftKv.Storage.Wal;

/// <summary>Builds the groups from the records, in order, and works out from their counters what damage swallowed.</summary>
/// <remarks>
/// Every record of a group counts its entries and states. When an entry at index i comes k entries late, the lost ones end at
/// i - 1, and each either followed the one before or replaced a suffix; so none of them lies below i - k, and without a lost
/// replacement they are exactly the last k. Everything from i - k on that was there before is given up with them.
/// </remarks>
internal sealed class LogReplay
{
    // How many findings there were when a record last told a group's counters, and these agreed with what is known of it.
    private readonly Dictionary<long, int> _toldAt = [];
    private int _groupsTold;
    private int _unknownRanges;
    private int _unknownBeforeStart;
    private bool? _startIsSound;

    /// <summary>The oldest segment needed, with which reading begins, be it there or not.</summary>
    public long Oldest { get; set; }

    public SortedDictionary<long, GroupLog> Groups { get; } = [];

    public DamageList Damage { get; } = new();

    /// <summary>Groups whose last entries or state may be lost without a trace, in ascending order.</summary>
    public List<long> Doubtful =>
        [.. Groups.Keys.Where(group => Damage.LacksState(group) || Damage.IsOpenFrom(_toldAt.GetValueOrDefault(group)))];

    public void Apply(Segment segment, SegmentScan scan)
    {
        _startIsSound ??= scan.HasSoundStart;
        int damage = 0;
        for (int i = 0; i <= scan.Records.Count; i++)
        {
            while (damage < scan.Damage.Count && scan.Damage[damage].RecordsBefore == i)
                Apply(segment, scan.Damage[damage++]);
            if (i < scan.Records.Count)
                Apply(segment, scan.Records[i]);
        }
    }

    private void Apply(Segment segment, DamagedRange range)
    {
        long bytes = range.EndOffset - range.Offset;
        if (range.Known is not { } header)
        {
            string what = bytes == 0 ? "records are missing here" : $"{bytes} bytes are not the records that were written here";
            Damage.Add(WalDamageKind.Records, segment.Name, range.Offset, bytes, what, lossIsKnown: false);
            _unknownRanges++;
            return;
        }

        string payload = $"the payload of record {header.Type} of group {header.Group}, index {header.Index}, is damaged";
        Damage.Add(WalDamageKind.Records, segment.Name, range.Offset, bytes, payload, lossIsKnown: true);
        if (header.Type == RecordType.Entry)
        {
            ApplyEntry(segment, new ScannedRecord(range.Offset, header, null));
            Damage.LoseEntries(header.Group, header.Index, header.Index);
        }
        else if (header.Type == RecordType.Repair)
        {
            Damage.LoseEntries(header.Group, header.Index, header.Index);
        }
        else if (header.Type is RecordType.State or RecordType.GroupStart)
        {
            CatchUp(segment, range.Offset, header);
            // The start of a segment repeats a state that may be known from before.
            CheckStates(Group(header.Group), header.States);
        }
    }

    private void Apply(Segment segment, ScannedRecord record)
    {
        RecordHeader header = record.Header;
        switch (header.Type)
        {
            case RecordType.SegmentStart:
                _groupsTold = 0;
                _unknownBeforeStart = _unknownRanges;
                break;
            case RecordType.Entry:
                ApplyEntry(segment, record);
                break;
            case RecordType.Repair:
                Group(header.Group).Replace(segment, header.Index, header.Tag, record.Offset, header.Length);
                Damage.FindEntry(header.Group, header.Index);
                break;
            case RecordType.State:
                SetState(Group(header.Group), record);
                // A state says how many entries came before it, but not which: lost ones stay in doubt.
                if (header.Entries == Group(header.Group).Entries)
                    _toldAt[header.Group] = Damage.Count;
                break;
            case RecordType.Release:
                Group(header.Group).ReleaseThrough(header.Index);
                break;
            case RecordType.GroupStart:
                CatchUp(segment, record.Offset, header);
                SetState(Group(header.Group), record);
                break;
            default:
                break;
        }

        bool isStart = header.Type is RecordType.GroupStart or RecordType.SegmentStart;
        bool isWhole = _unknownRanges == _unknownBeforeStart;
        if (isStart && header.EndsBatch && isWhole && _groupsTold >= Groups.Count)
            Damage.Account();
    }

    private void ApplyEntry(Segment segment, ScannedRecord record)
    {
        RecordHeader header = record.Header;
        GroupLog group = Group(header.Group);
        int lost = (int)(header.Entries - group.Entries - 1);
        bool isKnown = group.Entries > 0 || _startIsSound == true;
        if (lost > 0 && !Damage.IsEmpty && isKnown)
            AddLost(segment, record.Offset, group, header.Index - lost, header.Index - 1);
        CheckStates(group, header.States);

        // The entries before were in segments released since: what the group was then no longer matters.
        if (header.Index < group.First)
            group.Reset(header.Index - 1);
        if (header.Index > group.Last + 1 && !group.IsEmpty)
        {
            throw new StorageCorruptException(
                segment.Name, record.Offset, $"entry {header.Index} of group {header.Group} follows entry {group.Last}");
        }

        group.Add(segment, header.Index, header.Tag, record.Offset, header.Length);
        group.Entries = header.Entries;
        _toldAt[header.Group] = Damage.Count;
    }

    /// <summary>A group as a new segment repeats it, beside what is known of it.</summary>
    private void CatchUp(Segment segment, long offset, RecordHeader header)
    {
        if (header.Type != RecordType.GroupStart)
            return;
        _groupsTold++;
        if (!Groups.TryGetValue(header.Group, out GroupLog? group))
        {
            group = Group(header.Group);
            group.Reset(header.Tag);
            // Of what came before the oldest segment nothing is needed; what came since, and left no record, is lost.
            if (segment.Header.Sequence > Oldest && !Damage.IsEmpty)
                AddLost(segment, offset, group, header.Index + 1, header.Tag);
        }
        else if ((int)(header.Entries - group.Entries) is > 0 and int lost && !Damage.IsEmpty)
        {
            AddLost(segment, offset, group, header.Tag - lost + 1, header.Tag);
        }

        group.ReleaseThrough(header.Index);
        group.Entries = header.Entries;
        _toldAt[header.Group] = Damage.Count;
    }

    /// <summary>Puts holes where lost entries were, so that reading them is an error and the ones behind keep their places.</summary>
    private void AddLost(Segment segment, long offset, GroupLog group, long first, long last)
    {
        first = Math.Max(first, group.IsEmpty ? 1 : group.First);
        if (group.IsEmpty || first > group.Last + 1)
            group.Reset(first - 1);
        for (long index = first; index <= last; index++)
            group.AddHole(segment, index, offset, Oldest);
        Damage.LoseEntries(group.Group, first, last);
    }

    private void SetState(GroupLog group, ScannedRecord record)
    {
        group.State = record.Payload ?? [];
        group.States = record.Header.States;
        Damage.FindState(group.Group);
    }

    private void CheckStates(GroupLog group, uint states)
    {
        if (states != group.States && !Damage.IsEmpty)
            Damage.LoseState(group.Group);
        group.States = states;
    }

    private GroupLog Group(long number)
    {
        if (!Groups.TryGetValue(number, out GroupLog? group))
            Groups.Add(number, group = new GroupLog(number));
        return group;
    }
}
