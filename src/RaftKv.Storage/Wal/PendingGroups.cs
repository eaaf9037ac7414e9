namespace RaftKv.Storage.Wal;

/// <summary>The groups as they will be once the write being formed is durable.</summary>
internal sealed class PendingGroups(SortedDictionary<long, GroupLog> groups)
{
    private readonly Dictionary<long, Pending> _pending = [];

    public void Clear() => _pending.Clear();

    /// <summary>Takes a batch in, or says why it cannot follow what is there; then the groups must be built anew.</summary>
    public string? TryAdd(WalBatch batch)
    {
        ReadOnlySpan<byte> rest = batch.EncodedWithTerminator[..batch.EncodedBytes];
        while (!rest.IsEmpty)
        {
            RecordHeader header = RecordHeader.Read(rest);
            rest = rest[header.Size..];
            Pending group = Get(header.Group);
            string? refusal = header.Type switch
            {
                RecordType.Entry => group.Refuse(header.Group, header.Index),
                RecordType.Repair when header.Index < group.First || header.Index > group.Last =>
                    $"Entry {header.Index} of group {header.Group} is not there to repair: it has {group.First} to {group.Last}.",
                _ => null,
            };
            if (refusal is not null)
                return refusal;
            if (header.Type == RecordType.Entry)
                group.Take(header.Index);
        }

        return null;
    }

    /// <summary>Counts a record of a group that was added before, and gives its counters.</summary>
    public (uint Entries, uint States) Count(RecordType type, long number)
    {
        Pending group = _pending[number];
        if (type == RecordType.Entry)
            group.Entries++;
        if (type == RecordType.State)
            group.States++;
        return (group.Entries, group.States);
    }

    private Pending Get(long number)
    {
        if (_pending.TryGetValue(number, out Pending? pending))
            return pending;
        pending = new Pending();
        if (groups.TryGetValue(number, out GroupLog? group))
            (pending.First, pending.Last, pending.Entries, pending.States) = (group.First, group.Last, group.Entries, group.States);
        _pending.Add(number, pending);
        return pending;
    }

    private sealed class Pending
    {
        public long First { get; set; } = 1;

        public long Last { get; set; }

        public uint Entries { get; set; }

        public uint States { get; set; }

        public string? Refuse(long number, long index)
        {
            if (index < First)
                return $"Entry {index} of group {number} is released: its log begins at {First}.";
            return index > Last + 1 && Last >= First ? $"Entry {index} of group {number} leaves a gap: its log ends at {Last}." : null;
        }

        public void Take(long index)
        {
            if (Last < First)
                First = index;
            Last = index;
        }
    }
}
