using RaftKv.Raft;
using RaftKv.Storage;
using RaftKv.Storage.Wal;

namespace RaftKv.Node.Persistence;

/// <summary>What damage took from one group's log, as far as it matters still.</summary>
public sealed class GroupDamage
{
    private const int PlacesNamedMax = 4;

    private GroupDamage(IReadOnlyList<LogHole> holes, bool isDoubtful, LogIndex configurationsThrough, string places) =>
        (Holes, IsDoubtful, ConfigurationsThrough, Places) = (holes, isDoubtful, configurationsThrough, places);

    /// <summary>Nothing.</summary>
    public static GroupDamage None { get; } = new([], false, LogIndex.Zero, "");

    /// <summary>The entries that are missing, in order; each can be fetched from whoever has its anchor.</summary>
    public IReadOnlyList<LogHole> Holes { get; }

    /// <summary>
    /// Whether more may be lost than can be told: the last state with term and vote, or the last entries. Then nothing but a new
    /// admission by the group makes the member whole.
    /// </summary>
    public bool IsDoubtful { get; }

    /// <summary>Whether nothing is missing.</summary>
    public bool IsNone => Holes.Count == 0 && !IsDoubtful;

    /// <summary>The last entry up to which the log is known to carry configurations, whether they can be read or not.</summary>
    public LogIndex ConfigurationsThrough { get; }

    /// <summary>Where the log is damaged and what is missing, in words.</summary>
    public string Places { get; }

    /// <summary>Looks for what a group lacks of an open log.</summary>
    internal static GroupDamage Of(WriteAheadLog log, long group, NodeState state)
    {
        if (log.Recovery.Damage.Count == 0 && !state.IsDoubtful)
            return None;
        long first = Math.Max(log.FirstIndex(group), state.Base.Index.Value + 1);
        long last = log.LastIndex(group);
        bool lacksBeginning = last > state.Base.Index.Value && first > state.Base.Index.Value + 1;
        List<(long First, long Last)> missing = Missing(log, group, first, last);
        List<LogHole> holes = [];
        bool lacksEnd = false;
        foreach ((long from, long to) in missing)
        {
            if (AnchorOf(log, group, to, last) is { } anchor)
                holes.Add(new LogHole(new LogIndex(from), new LogIndex(to), anchor));
            else
                lacksEnd = true;
        }
        bool isDoubtful = state.IsDoubtful || lacksBeginning || lacksEnd;
        if (holes.Count == 0 && !isDoubtful)
            return None;
        LogIndex configurations = state.ConfigurationEntries.Length == 0 ? state.Base.Index : state.ConfigurationEntries[^1];
        return new GroupDamage(holes, isDoubtful, configurations, Describe(log, group, missing, isDoubtful));
    }

    private static LogPosition? AnchorOf(WriteAheadLog log, long group, long lost, long last)
    {
        for (long index = lost; index <= Math.Min(lost + 1, last); index++)
        {
            if (log.Tag(group, index) is not WriteAheadLog.UnknownTag and var tag)
                return new LogPosition(new Term(tag), new LogIndex(index));
        }
        return null;
    }

    // What was found damaged may have been released, replaced or repaired since.
    private static List<(long First, long Last)> Missing(WriteAheadLog log, long group, long first, long last)
    {
        SortedSet<long> indexes = [];
        foreach (WalLoss loss in log.Recovery.Damage.SelectMany(damage => damage.Lost).Where(loss => loss.Group == group))
        {
            for (long index = Math.Max(first, loss.FirstIndex); index <= Math.Min(last, loss.LastIndex); index++)
            {
                if (!IsThere(log, group, index))
                    indexes.Add(index);
            }
        }
        List<(long First, long Last)> missing = [];
        foreach (long index in indexes)
        {
            if (missing.Count > 0 && missing[^1].Last == index - 1)
                missing[^1] = (missing[^1].First, index);
            else
                missing.Add((index, index));
        }
        return missing;
    }

    private static bool IsThere(WriteAheadLog log, long group, long index)
    {
        if (log.Tag(group, index) == WriteAheadLog.UnknownTag)
            return false;
        try
        {
            log.Read(group, index, index, long.MaxValue, []);
            return true;
        }
        catch (StorageCorruptException)
        {
            return false;
        }
    }

    private static string Describe(WriteAheadLog log, long group, List<(long First, long Last)> missing, bool isDoubtful)
    {
        List<string> lost =
            [.. missing.Select(range => range.First == range.Last ? $"entry {range.First}" : $"entries {range.First} to {range.Last}")];
        if (DamageNotes.IsLost(log) && log.State(group).IsEmpty)
            return $"everything of group {group} (the log could not be read and was set aside; its files end with .damaged)";
        if (isDoubtful)
            lost.Add("maybe newer ones or the term and vote");
        List<string> places =
            [.. log.Recovery.Damage.Take(PlacesNamedMax).Select(damage => $"{damage.File}, offset {damage.Offset}: {damage.What}")];
        if (log.Recovery.Damage.Count > PlacesNamedMax)
            places.Add($"and {log.Recovery.Damage.Count - PlacesNamedMax} more");
        return $"{string.Join(", ", lost)} of group {group} ({string.Join("; ", places)})";
    }
}
