using RaftKv.Raft;
using RaftKv.Storage.Wal;

namespace RaftKv.Storage.Tests.Wal;

/// <summary>The log as plain lists: what it must hold after the calls that returned.</summary>
internal sealed class WalModel
{
    private readonly SortedDictionary<long, Group> _groups = [];

    public long First(long group) => Get(group).First;

    public long Last(long group) => Get(group).Last;

    public WalModel Clone()
    {
        WalModel copy = new();
        foreach ((long number, Group group) in _groups)
            copy._groups.Add(number, group.Clone());
        return copy;
    }

    public void SetState(long group, byte[] state) => Get(group).State = state;

    public void Add(long group, long index, long tag, byte kind, byte[] payload) => Get(group).Add(index, new Item(tag, kind, payload));

    public void Release(long group, long through) => Get(group).Release(through);

    /// <summary>Repeats every release, as an owner does that knows what it no longer needs.</summary>
    public void RepeatReleases(WriteAheadLog log)
    {
        foreach ((long number, Group group) in _groups)
            log.Release(number, group.First - 1);
    }

    /// <summary>Where a log differs from the model; null when it does not.</summary>
    public string? Difference(WriteAheadLog log)
    {
        foreach ((long number, Group group) in _groups)
        {
            if (log.LastIndex(number) != group.Last)
                return $"group {number} ends at {log.LastIndex(number)}, not {group.Last}";
            if (log.FirstIndex(number) != group.First)
                return $"group {number} begins at {log.FirstIndex(number)}, not {group.First}";
            if (!log.State(number).Span.SequenceEqual(group.State))
                return $"group {number} has another state";
            foreach (WalEntry entry in WalWorld.ReadAll(log, number))
            {
                Item item = group.Items[(int)(entry.Index - group.First)];
                if (entry.Tag != item.Tag || entry.Kind != item.Kind || !entry.Payload.Span.SequenceEqual(item.Payload))
                    return $"entry {entry.Index} of group {number} is another";
                if (log.Tag(number, entry.Index) != item.Tag)
                    return $"entry {entry.Index} of group {number} has another tag in memory";
            }
        }

        return null;
    }

    /// <summary>Where a damaged log differs from the model; entries reported lost must fail to read, all others must be right.</summary>
    public string? DifferenceBesides(WriteAheadLog log, HashSet<(long Group, long Index)> lost)
    {
        foreach ((long number, Group group) in _groups.Where(group => !log.Recovery.DoubtfulGroups.Contains(group.Key)))
        {
            if (log.Recovery.MayLackGroups && !log.Groups.Contains(number))
                continue;
            if (log.LastIndex(number) != group.Last)
                return $"group {number} ends at {log.LastIndex(number)}, not {group.Last}";
            if (!log.State(number).Span.SequenceEqual(group.State))
                return $"group {number} has another state";
            for (long index = group.First; index <= group.Last; index++)
            {
                Item item = group.Items[(int)(index - group.First)];
                try
                {
                    List<WalEntry> entry = [];
                    log.Read(number, index, index, 1, entry);
                    if (entry[0].Tag != item.Tag || !entry[0].Payload.Span.SequenceEqual(item.Payload))
                        return $"entry {index} of group {number} is another";
                }
                catch (StorageCorruptException) when (lost.Contains((number, index)))
                {
                    continue;
                }
            }
        }

        return null;
    }

    /// <summary>Draws a batch that follows the model, adds it to a copy and returns both.</summary>
    public (WalBatch Batch, WalModel After) DrawBatch(SplittableRandom random, int payloadBytesMax)
    {
        WalModel after = Clone();
        WalBatch batch = new();
        int count = 1 + random.Next(4);
        for (int i = 0; i < count; i++)
        {
            long number = random.Next(3);
            byte[] bytes = new byte[random.Next(payloadBytesMax)];
            random.NextBytes(bytes);
            if (random.Chance(0.2))
            {
                after.SetState(number, bytes);
                batch.SetState(number, bytes);
                continue;
            }

            Group group = after.Get(number);
            long index = random.Chance(0.8) ? group.Last + 1 : group.First + random.Next(group.Last - group.First + 2);
            after.Add(number, index, random.Next(3), (byte)i, bytes);
            Item item = group.Items[^1];
            batch.AddEntry(number, index, item.Tag, item.Kind, item.Payload);
        }

        return (batch, after);
    }

    private Group Get(long number)
    {
        if (!_groups.TryGetValue(number, out Group? group))
            _groups.Add(number, group = new Group());
        return group;
    }

    private sealed record Item(long Tag, byte Kind, byte[] Payload);

    private sealed class Group
    {
        public long First { get; private set; } = 1;

        public long Last => First + Items.Count - 1;

        public List<Item> Items { get; private set; } = [];

        public byte[] State { get; set; } = [];

        public Group Clone() => new() { First = First, Items = [.. Items], State = State };

        public void Add(long index, Item item)
        {
            if (Items.Count == 0)
                First = index;
            else
                Items.RemoveRange((int)(index - First), (int)(Last - index + 1));
            Items.Add(item);
        }

        public void Release(long through)
        {
            if (through < First)
                return;
            Items.RemoveRange(0, (int)Math.Min(Items.Count, through - First + 1));
            First = through + 1;
        }
    }
}
