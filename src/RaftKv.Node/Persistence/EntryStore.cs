using RaftKv.Raft;
using RaftKv.Raft.Membership;
using RaftKv.Storage.Wal;

namespace RaftKv.Node.Persistence;

/// <summary>
/// One group's entries and hard state in a write-ahead log: the only place where the protocol's types meet the disk's.
/// </summary>
/// <remarks>
/// <see cref="Write"/>, <see cref="Stage"/> and <see cref="Release"/> come from one thread at a time; <see cref="Read"/> may run
/// beside them.
/// </remarks>
public sealed class EntryStore
{
    private const long ReadBytesMax = 4 * 1024 * 1024;

    private readonly WriteAheadLog _log;
    private readonly long _group;
    private readonly WalBatch _batch = new();
    private NodeState _state;

    /// <summary>Takes over a group of an open log.</summary>
    /// <param name="log">The log; the caller keeps it.</param>
    /// <param name="group">The group within it.</param>
    /// <param name="founding">The configuration of a group that has nothing stored yet.</param>
    /// <exception cref="RaftKvException">What is stored was written by a later version.</exception>
    public EntryStore(WriteAheadLog log, GroupId group, Configuration founding)
    {
        ArgumentNullException.ThrowIfNull(log);
        _log = log;
        _group = group.Value;
        ReadOnlyMemory<byte> stored = log.State(_group);
        IsFresh = stored.IsEmpty;
        _state = IsFresh
            ? new NodeState(default, LogPosition.Zero, founding)
            : NodeState.Decode(stored.Span) ?? throw new RaftKvException(
                "The state in the log was written by a version this one does not know.", WriteOutcome.NotApplied)
            { Error = RaftKvError.Storage };
    }

    /// <summary>Whether nothing has ever been stored for the group.</summary>
    public bool IsFresh { get; }

    /// <summary>The configuration as of the log's beginning.</summary>
    public Configuration Configuration => _state.Configuration;

    /// <summary>The last entry that the log does not hold any more; the log's own, without asking the machine.</summary>
    internal LogPosition Base => _state.Base;

    /// <summary>Whether a crash came while another member's state was being put in the machine's place.</summary>
    internal bool IsInstalling => _state.Installing is not null;

    /// <summary>What the core starts from. An installation that a crash interrupted is ended or forgotten first.</summary>
    /// <param name="self">The member.</param>
    /// <param name="machineApplied">The last command the machine holds.</param>
    /// <exception cref="RaftKvException">The machine holds more than the log, or the log has given up what the machine needs.</exception>
    public RaftRestore Restore(NodeId self, LogPosition machineApplied)
    {
        if (_state.Installing is { } pending)
        {
            if (machineApplied.Index >= pending.Position.Index)
                EndInstall();
            else
                _state = _state with { Installing = null };
        }
        LogPosition start = _state.Base;
        // A crash may have lost that the log's beginning was given up.
        if (_log.FirstIndex(_group) <= start.Index.Value)
            _log.Release(_group, start.Index.Value);
        LogIndex last = LogIndex.Max(start.Index, new LogIndex(_log.LastIndex(_group)));
        if (machineApplied.Index > last)
            throw Damaged($"The machine holds entry {machineApplied}, but the log ends at {last}.");
        // A witness has no data and lacks none.
        bool isWitness = _state.Configuration.IsWitness(self);
        if (machineApplied.Index < start.Index && !isWitness)
            throw Damaged($"The machine needs the entries after {machineApplied}, but the log begins after {start}.");
        if (last > start.Index && _log.FirstIndex(_group) > start.Index.Next.Value)
            throw Damaged($"The log should begin after {start}, but its first entry is {_log.FirstIndex(_group)}.");
        IReadOnlyList<ConfigurationEntry> configurations = ReadConfigurations(last);
        return new RaftRestore
        {
            HardState = _state.HardState,
            Base = start,
            Configuration = _state.Configuration,
            TermRuns = TermRuns(start.Index, last),
            Last = last,
            Applied = LogIndex.Max(
                start.Index, Mutation.Is(Mutant.AppliesTwiceAfterRestart) ? machineApplied.Index.Previous : machineApplied.Index),
            Configurations = configurations,
        };
    }

    /// <summary>The entry of the last committed configuration that has a member; null when there is none.</summary>
    /// <param name="self">The member.</param>
    /// <param name="restored">What the core starts from.</param>
    public static LogIndex? AdmittedAt(NodeId self, RaftRestore restored)
    {
        ArgumentNullException.ThrowIfNull(restored);
        LogIndex? admitted = restored.Configuration.IsMember(self) ? restored.Base.Index : null;
        foreach (ConfigurationEntry entry in restored.Configurations)
        {
            if (entry.Index <= restored.HardState.Commit && entry.Configuration.IsMember(self))
                admitted = entry.Index;
        }
        return admitted;
    }

    /// <summary>Makes the batches of some Readys durable, with one write and one flush.</summary>
    /// <param name="readys">In the order of their numbers.</param>
    /// <exception cref="Storage.StorageException">Nothing of it may be acknowledged; the log accepts nothing further.</exception>
    public void Write(IReadOnlyList<Ready> readys)
    {
        _batch.Clear();
        Stage(readys, _batch);
        _log.Append(_batch);
    }

    /// <summary>Adds the batches of some Readys to one that other groups may share; the caller appends it to the log.</summary>
    /// <param name="readys">In the order of their numbers.</param>
    /// <param name="batch">Taken for durable by every later call; when appending it fails, the group is not used any further.</param>
    public void Stage(IReadOnlyList<Ready> readys, WalBatch batch)
    {
        ArgumentNullException.ThrowIfNull(readys);
        ArgumentNullException.ThrowIfNull(batch);
        NodeState state = _state;
        foreach (Ready ready in readys)
        {
            if (ready.Persist is not { } persist)
                continue;
            if (persist.HardState is { } hardState)
                state = state with { HardState = hardState };
            state = state.After(persist.Entries.Span);
            foreach (Entry entry in persist.Entries.Span)
                batch.AddEntry(_group, entry.Index.Value, entry.Term.Value, (byte)entry.Kind, entry.Payload.Span);
        }
        bool isChanged = !ReferenceEquals(state, _state) && (!Mutation.Is(Mutant.HardStateNotWritten) || !batch.IsEmpty);
        if (isChanged || IsFresh && _log.State(_group).IsEmpty)
            batch.SetState(_group, state.Encode());
        _state = state;
    }

    /// <summary>Reads entries back, as many as fit a bound but at least one; fewer, also none, when the log was cut meanwhile.</summary>
    public ReadOnlyMemory<Entry> Read(LogRange range)
    {
        List<WalEntry> stored = [];
        long last = Math.Min(range.Last.Value, _log.LastIndex(_group));
        if (range.First.Value > last || range.First.Value < _log.FirstIndex(_group))
            return default;
        try
        {
            _log.Read(_group, range.First.Value, last, ReadBytesMax, stored);
        }
        catch (ArgumentOutOfRangeException)
        {
            // A write cut the log or a release shortened it since the range was looked at: the core asks anew for what is there.
            return default;
        }
        Entry[] entries = new Entry[stored.Count];
        for (int i = 0; i < entries.Length; i++)
        {
            LogPosition position = new(new Term(stored[i].Tag), new LogIndex(stored[i].Index));
            entries[i] = new Entry(position, (EntryKind)stored[i].Kind, stored[i].Payload);
        }
        return entries;
    }

    /// <summary>Gives up the log's beginning. That it begins later is durable before anything is lost.</summary>
    /// <param name="through">The last entry given up; stored, committed and applied.</param>
    /// <returns>The position after which the log now begins.</returns>
    public LogPosition Release(LogIndex through)
    {
        LogPosition start = new(new Term(_log.Tag(_group, through.Value)), through);
        NodeState state = _state with
        {
            Base = start,
            Configuration = ConfigurationAt(through),
            ConfigurationEntries = [.. _state.ConfigurationEntries.Where(index => index > through)],
        };
        WriteState(state);
        _log.Release(_group, through.Value);
        return start;
    }

    /// <summary>
    /// Notes durably that state up to a position is about to take the place of the machine's. Until <see cref="EndInstall"/> nothing
    /// else is written.
    /// </summary>
    /// <param name="position">The last entry that the state includes.</param>
    /// <param name="configuration">The configuration as of it.</param>
    public void BeginInstall(LogPosition position, Configuration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        WriteState(_state with { Installing = new PendingInstall(position, configuration) });
    }

    /// <summary>
    /// The machine has the state: the log begins after its position. What follows there stays if the log holds that very position,
    /// else the log is emptied (Raft 7).
    /// </summary>
    public void EndInstall()
    {
        PendingInstall done = _state.Installing ?? throw new InvalidOperationException("Nothing is being installed.");
        (LogPosition position, long index) = (done.Position, done.Position.Index.Value);
        bool holds = index >= _log.FirstIndex(_group) && index <= _log.LastIndex(_group)
            && _log.Tag(_group, index) == position.Term.Value;
        LogIndex[] following = [.. _state.ConfigurationEntries.Where(entry => holds && entry > position.Index)];
        _batch.Clear();
        // An entry in the place of another takes all that follow with it; what is released then is the whole rest.
        if (!holds && index <= _log.LastIndex(_group))
            _batch.AddEntry(_group, Math.Max(index, _log.FirstIndex(_group)), position.Term.Value, (byte)EntryKind.Noop, []);
        NodeState state = _state with
        {
            Base = position,
            Configuration = done.Configuration,
            ConfigurationEntries = following,
            Installing = null,
        };
        _batch.SetState(_group, state.Encode());
        _log.Append(_batch);
        _state = state;
        _log.Release(_group, index);
    }

    /// <summary>Writes down how an installation that a crash interrupted has ended, so that no later start has to find it out.</summary>
    /// <param name="restored">What <see cref="Restore"/> made of it.</param>
    internal void Settle(RaftRestore restored)
    {
        WriteState(_state);
        _log.Release(_group, restored.Base.Index.Value);
    }

    /// <summary>
    /// Makes a member the only one by an entry after all that the log holds, in a later term. All of the log is committed thereby: the
    /// only voter has it.
    /// </summary>
    /// <param name="self">The member.</param>
    /// <param name="restored">What <see cref="Restore"/> returned.</param>
    /// <param name="batch">Takes the entry and the state; nothing is durable before the caller has appended it.</param>
    internal void StageSoleMember(NodeId self, RaftRestore restored, WalBatch batch)
    {
        Configuration present = restored.Configurations.Count > 0 ? restored.Configurations[^1].Configuration : restored.Configuration;
        Configuration sole = new(
            [self],
            incarnations: present.IncarnationOf(self) is var disk and not 0 ? [new MemberIncarnation(self, disk)] : [],
            addresses: present.AddressOf(self) is { } address ? [new MemberAddress(self, address)] : [],
            format: present.Format);
        Term lastTerm = restored.TermRuns.Count > 0 ? restored.TermRuns[^1].Term : restored.Base.Term;
        LogPosition position = new(new Term(Math.Max(restored.HardState.Term.Value, lastTerm.Value) + 1), restored.Last.Next);
        Entry entry = new(position, EntryKind.Configuration, ConfigurationCodec.Encode(sole));
        batch.AddEntry(_group, entry.Index.Value, entry.Term.Value, (byte)entry.Kind, entry.Payload.Span);
        _state = _state.After([entry]) with { HardState = new HardState(position.Term, self, position.Index), Installing = null };
        batch.SetState(_group, _state.Encode());
    }

    /// <summary>Lets an empty group begin after a position: the machine holds everything up to it.</summary>
    /// <param name="position">The last entry that the machine includes.</param>
    internal void BeginAfter(LogPosition position)
    {
        WriteState(_state with { HardState = new HardState(position.Term, NodeId.None, position.Index), Base = position });
        _log.Release(_group, position.Index.Value);
    }

    private void WriteState(NodeState state)
    {
        _batch.Clear();
        _batch.SetState(_group, state.Encode());
        _log.Append(_batch);
        _state = state;
    }

    private Configuration ConfigurationAt(LogIndex index)
    {
        LogIndex carrier = _state.ConfigurationEntries.LastOrDefault(entry => entry <= index);
        return carrier == LogIndex.Zero ? _state.Configuration : ReadConfiguration(carrier);
    }

    private List<ConfigurationEntry> ReadConfigurations(LogIndex last)
    {
        List<ConfigurationEntry> configurations = [];
        foreach (LogIndex index in _state.ConfigurationEntries)
        {
            if (index > last)
                throw Damaged($"Entry {index} should carry a configuration, but the log ends at {last}.");
            configurations.Add(new ConfigurationEntry(index, ReadConfiguration(index)));
        }
        return configurations;
    }

    private Configuration ReadConfiguration(LogIndex index)
    {
        List<WalEntry> stored = [];
        _log.Read(_group, index.Value, index.Value, ReadBytesMax, stored);
        return ConfigurationCodec.TryDecode(stored[0].Payload.Span, out Configuration configuration)
            ? configuration
            : throw Damaged($"Entry {index} should carry a configuration, but does not.");
    }

    private static RaftKvException Damaged(string message) =>
        new(message, WriteOutcome.NotApplied) { Error = RaftKvError.Storage };

    private List<LogPosition> TermRuns(LogIndex start, LogIndex last)
    {
        List<LogPosition> runs = [];
        if (last == start)
            return runs;
        foreach ((long firstIndex, long tag) in _log.TagRuns(_group))
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
