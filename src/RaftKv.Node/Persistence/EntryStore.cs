using RaftKv.Raft;
using RaftKv.Raft.Membership;
using RaftKv.Storage.Wal;

namespace RaftKv.Node.Persistence;

/// <summary>
/// One group's entries and hard state in a write-ahead log: the only place where the protocol's types meet the disk's.
/// </summary>
/// <remarks>
/// <see cref="Write"/>, <see cref="Stage"/>, <see cref="Release"/>, <see cref="Repair"/> and <see cref="Replacement"/> are used from one thread
/// at a time; <see cref="Read"/> may run beside them.
/// </remarks>
public sealed class EntryStore
{
    private const long ReadBytesMax = 4 * 1024 * 1024;

    private readonly GroupLog _group;
    private readonly WalBatch _batch = new();

    /// <summary>Takes over a group of an open log.</summary>
    /// <param name="log">The log; the caller keeps it.</param>
    /// <param name="group">The group within it.</param>
    /// <param name="founding">The configuration of a group that has nothing stored yet.</param>
    /// <exception cref="RaftKvException">What is stored was written by a later version.</exception>
    public EntryStore(WriteAheadLog log, GroupId group, Configuration founding)
    {
        ArgumentNullException.ThrowIfNull(log);
        _group = new GroupLog(log, group, founding);
        Replacement = new StateReplacement(_group);
        Repair = new EntryRepair(_group, Replacement);
        NewStart = new NewStart(_group);
    }

    /// <summary>Whether nothing has ever been stored for the group.</summary>
    public bool IsFresh => _group.IsFresh;

    /// <summary>What damage took, and how it is got back.</summary>
    public EntryRepair Repair { get; }

    /// <summary>How another member's state takes the place of the machine's.</summary>
    public StateReplacement Replacement { get; }

    /// <summary>How the group goes on in another cluster, or begins in one.</summary>
    internal NewStart NewStart { get; }

    /// <summary>
    /// The disk identity that the group's messages state: another one than the process's when the group's log was lost since that was
    /// drawn.
    /// </summary>
    /// <param name="host">The process's.</param>
    public long Incarnation(long host)
    {
        long own = host ^ _group.State.Epoch;
        return own == 0 ? host : own;
    }

    /// <summary>The configuration as of the log's beginning.</summary>
    public Configuration Configuration => _group.State.Configuration;

    /// <summary>The last entry that the log does not hold any more; the log's own, without asking the machine.</summary>
    public LogPosition Base => _group.State.Base;

    /// <summary>What the core starts from. An installation that a crash interrupted is ended or forgotten first.</summary>
    /// <param name="self">The member.</param>
    /// <param name="machineApplied">The last command the machine holds.</param>
    /// <exception cref="RaftKvException">The machine holds more than the log, or the log has given up what the machine needs.</exception>
    public RaftRestore Restore(NodeId self, LogPosition machineApplied)
    {
        Replacement.Settle(machineApplied);
        (WriteAheadLog log, long number) = (_group.Log, _group.Number);
        LogPosition start = _group.State.Base;
        // A crash may have lost that the log's beginning was given up.
        if (log.FirstIndex(number) <= start.Index.Value)
            log.Release(number, start.Index.Value);
        LogIndex last = LogIndex.Max(start.Index, new LogIndex(log.LastIndex(number)));
        if (machineApplied.Index > last)
            throw GroupLog.Damaged($"The machine holds entry {machineApplied}, but the log ends at {last}.");
        // A witness has no data and lacks none.
        bool isWitness = _group.State.Configuration.IsWitness(self);
        if (machineApplied.Index < start.Index && !isWitness)
            throw GroupLog.Damaged($"The machine needs the entries after {machineApplied}, but the log begins after {start}.");
        if (last > start.Index && log.FirstIndex(number) > start.Index.Next.Value)
            throw GroupLog.Damaged($"The log should begin after {start}, but its first entry is {log.FirstIndex(number)}.");
        IReadOnlyList<ConfigurationEntry> configurations = _group.ReadConfigurations(last);
        return new RaftRestore
        {
            HardState = _group.State.HardState,
            Base = start,
            Configuration = _group.State.Configuration,
            TermRuns = TermRuns(start.Index, last),
            Last = last,
            Applied = LogIndex.Max(
                start.Index, Mutation.Is(Mutant.AppliesTwiceAfterRestart) ? machineApplied.Index.Previous : machineApplied.Index),
            Configurations = configurations,
        };
    }

    /// <summary>
    /// The entry of the last committed configuration that has a member, as far as those that are left can be read; null when there is none.
    /// </summary>
    /// <param name="self">The member.</param>
    public LogIndex? AdmittedAt(NodeId self) => _group.AdmittedAt(self);

    /// <summary>Makes the batches of some Readys durable, with one write and one flush.</summary>
    /// <param name="readys">In the order of their numbers.</param>
    /// <exception cref="Storage.StorageException">Nothing of it may be acknowledged; the log accepts nothing further.</exception>
    public void Write(IReadOnlyList<Ready> readys)
    {
        _batch.Clear();
        Stage(readys, _batch);
        _group.Log.Append(_batch);
    }

    /// <summary>Adds the batches of some Readys to one that other groups may share; the caller appends it to the log.</summary>
    /// <param name="readys">In the order of their numbers.</param>
    /// <param name="batch">Taken for durable by every later call; when appending it fails, the group is not used any further.</param>
    public void Stage(IReadOnlyList<Ready> readys, WalBatch batch)
    {
        ArgumentNullException.ThrowIfNull(readys);
        ArgumentNullException.ThrowIfNull(batch);
        NodeState state = _group.State;
        foreach (Ready ready in readys)
        {
            if (ready.Persist is not { } persist)
                continue;
            if (persist.HardState is { } hardState)
                state = state with { HardState = hardState };
            state = state.After(persist.Entries.Span);
            foreach (Entry entry in persist.Entries.Span)
                batch.AddEntry(_group.Number, entry.Index.Value, entry.Term.Value, (byte)entry.Kind, entry.Payload.Span);
        }
        bool isChanged = !ReferenceEquals(state, _group.State) && (!Mutation.Is(Mutant.HardStateNotWritten) || !batch.IsEmpty);
        if (isChanged || IsFresh && _group.Log.State(_group.Number).IsEmpty)
            batch.SetState(_group.Number, state.Encode());
        _group.State = state;
    }

    /// <summary>Reads entries back, as many as fit a bound but at least one; fewer, also none, when the log was cut meanwhile.</summary>
    public ReadOnlyMemory<Entry> Read(LogRange range)
    {
        List<WalEntry> stored = [];
        long last = Math.Min(range.Last.Value, _group.Log.LastIndex(_group.Number));
        if (range.First.Value > last || range.First.Value < _group.Log.FirstIndex(_group.Number))
            return default;
        try
        {
            _group.Log.Read(_group.Number, range.First.Value, last, Math.Min(ReadBytesMax, range.BytesMax), stored);
        }
        catch (ArgumentOutOfRangeException)
        {
            // A write cut the log or a release shortened it since the range was looked at: the core asks anew for what is there.
            return default;
        }
        return StoredEntries.Of(stored);
    }

    /// <summary>Gives up the log's beginning. That it begins later is durable before anything is lost.</summary>
    /// <param name="through">The last entry given up; stored, committed and applied.</param>
    /// <returns>The position after which the log now begins.</returns>
    public LogPosition Release(LogIndex through)
    {
        LogPosition start = new(new Term(_group.Log.Tag(_group.Number, through.Value)), through);
        _group.Release(through, start);
        return start;
    }

    private List<LogPosition> TermRuns(LogIndex start, LogIndex last)
    {
        List<LogPosition> runs = [];
        if (last == start)
            return runs;
        foreach ((long firstIndex, long tag) in _group.Log.TagRuns(_group.Number))
        {
            // The log may still hold some of what was given up: the run that reaches over the base begins after it.
            LogPosition run = new(new Term(tag), LogIndex.Max(new LogIndex(firstIndex), start.Next));
            if (runs.Count > 0 && runs[^1].Index == run.Index)
                runs[^1] = run;
            else
                runs.Add(run);
        }
        return runs;
    }
}
