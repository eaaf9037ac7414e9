using RaftKv.Raft;
using RaftKv.Raft.Membership;
using RaftKv.Storage.Wal;

namespace RaftKv.Node.Persistence;

/// <summary>One group's place in a write-ahead log: the number it has there, what is stored about it, and its configurations.</summary>
internal sealed class GroupLog
{
    private readonly WalBatch _batch = new();

    public GroupLog(WriteAheadLog log, GroupId group, Configuration founding)
    {
        Log = log;
        Named = Number = group.Value;
        ReadOnlyMemory<byte> stored = log.State(Number);
        IsFresh = stored.IsEmpty;
        State = IsFresh
            ? new NodeState(default, LogPosition.Zero, founding)
            {
                Epoch = DamageNotes.FreshEpoch(log),
                IsDoubtful = DamageNotes.IsLost(log),
            }
            : Decode(stored);
        if (State.MovedTo != 0)
            FollowTo(State.MovedTo);
        Damage = GroupDamage.Of(log, Number, State);
    }

    public WriteAheadLog Log { get; }

    /// <summary>The group's own number.</summary>
    public long Named { get; }

    /// <summary>The number under which the log holds the group: its own, until it was given up there.</summary>
    public long Number { get; private set; }

    /// <summary>What is stored, or about to be.</summary>
    public NodeState State { get; set; }

    /// <summary>Whether nothing was stored when this was made.</summary>
    public bool IsFresh { get; }

    /// <summary>What damage took, as of the last look.</summary>
    public GroupDamage Damage { get; private set; }

    public void LookForDamage() => Damage = GroupDamage.Of(Log, Number, State);

    public void Write(NodeState state)
    {
        _batch.Clear();
        _batch.SetState(Number, state.Encode());
        Log.Append(_batch);
        State = state;
    }

    /// <summary>The group begins afresh under another number, to which its own leads from now on.</summary>
    public void MoveTo(long number, NodeState state)
    {
        long former = Number;
        _batch.Clear();
        _batch.SetState(number, state.Encode());
        _batch.SetState(Named, new NodeState(default, LogPosition.Zero, Configuration.Empty) { MovedTo = number }.Encode());
        Log.Append(_batch);
        Log.Release(former, Log.LastIndex(former));
        (Number, State, Damage) = (number, state, GroupDamage.None);
    }

    /// <summary>The last entry that is known to carry a configuration, or the base.</summary>
    public LogIndex LastConfiguration => State.ConfigurationEntries.Length == 0 ? State.Base.Index : State.ConfigurationEntries[^1];

    /// <summary>Gives up the log's beginning. That it begins later is durable before anything is lost.</summary>
    public void Release(LogIndex through, LogPosition start)
    {
        Write(State with
        {
            Base = start,
            Configuration = ConfigurationAt(through),
            ConfigurationEntries = [.. State.ConfigurationEntries.Where(index => index > through)],
        });
        Log.Release(Number, through.Value);
    }

    /// <summary>Every configuration behind the base.</summary>
    public List<ConfigurationEntry> ReadConfigurations(LogIndex last)
    {
        List<ConfigurationEntry> configurations = [];
        foreach (LogIndex index in State.ConfigurationEntries)
        {
            if (index > last)
                throw Damaged($"Entry {index} should carry a configuration, but the log ends at {last}.");
            configurations.Add(new ConfigurationEntry(index, ReadConfiguration(index)));
        }
        return configurations;
    }

    /// <summary>The newest configuration through an entry that can be read: while entries are missing some that carry any may be.</summary>
    public Configuration NewestReadable(LogIndex through)
    {
        for (int i = State.ConfigurationEntries.Length - 1; i >= 0; i--)
        {
            if (State.ConfigurationEntries[i] <= through && TryReadConfiguration(State.ConfigurationEntries[i]) is { } found)
                return found;
        }
        return State.Configuration;
    }

    /// <summary>
    /// The entry of the last committed configuration that has a member, as far as those that are left can be read; null when there is none.
    /// </summary>
    public LogIndex? AdmittedAt(NodeId member)
    {
        for (int i = State.ConfigurationEntries.Length - 1; i >= 0; i--)
        {
            LogIndex index = State.ConfigurationEntries[i];
            if (index <= State.HardState.Commit && TryReadConfiguration(index)?.IsMember(member) == true)
                return index;
        }
        return State.Configuration.IsMember(member) ? State.Base.Index : null;
    }

    /// <summary>
    /// Whether the last configuration is committed and has no place for a member that belonged to one before; false when that cannot be read.
    /// </summary>
    public bool IsRemoved(NodeId member, LogIndex committed)
    {
        LogIndex last = LastConfiguration;
        return last > State.Base.Index && last <= committed && AdmittedAt(member) is not null
            && TryReadConfiguration(last)?.IsMember(member) == false;
    }

    public static RaftKvException Damaged(string message) =>
        new(message, WriteOutcome.NotApplied) { Error = RaftKvError.Storage };

    private static NodeState Decode(ReadOnlyMemory<byte> stored) => NodeState.Decode(stored.Span)
        ?? throw Damaged("The state in the log was written by a version this one does not know.");

    // A doubt about where the group went is one about the group.
    private void FollowTo(long number)
    {
        bool isDoubtful = State.IsDoubtful;
        ReadOnlyMemory<byte> stored = Log.State(number);
        Number = number;
        State = stored.IsEmpty ? new NodeState(default, LogPosition.Zero, Configuration.Empty) { IsDoubtful = true } : Decode(stored);
        if (isDoubtful && !State.IsDoubtful)
            State = State with { IsDoubtful = true };
    }

    private Configuration ConfigurationAt(LogIndex index)
    {
        LogIndex carrier = State.ConfigurationEntries.LastOrDefault(entry => entry <= index);
        return carrier == LogIndex.Zero ? State.Configuration : ReadConfiguration(carrier);
    }

    private Configuration? TryReadConfiguration(LogIndex index)
    {
        try
        {
            return ReadConfiguration(index);
        }
        catch (Exception e) when (e is Storage.StorageCorruptException or ArgumentOutOfRangeException or RaftKvException)
        {
            return null;
        }
    }

    private Configuration ReadConfiguration(LogIndex index)
    {
        List<WalEntry> stored = [];
        Log.Read(Number, index.Value, index.Value, long.MaxValue, stored);
        return ConfigurationCodec.TryDecode(stored[0].Payload.Span, out Configuration configuration)
            ? configuration
            : throw Damaged($"Entry {index} should carry a configuration, but does not.");
    }
}
