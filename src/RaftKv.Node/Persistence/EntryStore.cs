using RaftKv.Node.Driver;
using RaftKv.Raft;
using RaftKv.Raft.Membership;
using RaftKv.Storage.Wal;

namespace RaftKv.Node.Persistence;

/// <summary>
/// One group's entries and hard state in a write-ahead log: the only place where the protocol's types meet the disk's.
/// </summary>
/// <remarks>
/// <see cref="Write"/>, <see cref="Stage"/>, <see cref="Release(LogIndex)"/> and what mends damage come from one thread at a time;
/// <see cref="Read"/> may run beside them.
/// </remarks>
public sealed class EntryStore
{
    private const long ReadBytesMax = 4 * 1024 * 1024;

    // What one answer to a member with a damaged log holds.
    private const long RepairBytesMax = 1024 * 1024;

    private readonly WriteAheadLog _log;
    private readonly long _named;

    // The number under which the log holds the group: its own, until it was given up there.
    private long _group;
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
        _named = _group = group.Value;
        ReadOnlyMemory<byte> stored = log.State(_group);
        IsFresh = stored.IsEmpty;
        _state = IsFresh
            ? new NodeState(default, LogPosition.Zero, founding)
            {
                Epoch = DamageNotes.FreshEpoch(log),
                IsDoubtful = DamageNotes.IsLost(log),
            }
            : Decode(stored);
        if (_state.MovedTo != 0)
            FollowTo(_state.MovedTo);
        Damage = GroupDamage.Of(log, _group, _state);
    }

    /// <summary>Whether nothing has ever been stored for the group.</summary>
    public bool IsFresh { get; }

    /// <summary>What damage took; nothing else can be done with the store before it is mended.</summary>
    public GroupDamage Damage { get; private set; }

    /// <summary>Whether the machine's state is not to be trusted, and another member's has to take its place before it is used.</summary>
    public bool IsDistrusted => _state.IsDistrusted;

    /// <summary>How often that happened since the whole state was last found sound; counted up to three.</summary>
    public int Rebuilds => _state.Rebuilds;

    /// <summary>
    /// The disk identity that the group's messages state: another one than the process's when the group's log was lost since that was
    /// drawn.
    /// </summary>
    /// <param name="host">The process's.</param>
    public long Incarnation(long host)
    {
        long own = host ^ _state.Epoch;
        return own == 0 ? host : own;
    }

    /// <summary>The configuration as of the log's beginning.</summary>
    public Configuration Configuration => _state.Configuration;

    /// <summary>The last entry that the log does not hold any more; the log's own, without asking the machine.</summary>
    public LogPosition Base => _state.Base;

    /// <summary>Whether a crash came while another member's state was being put in the machine's place.</summary>
    internal bool IsInstalling => _state.Installing is not null;

    /// <summary>What the core starts from. An installation that a crash interrupted is ended or forgotten first.</summary>
    /// <param name="self">The member.</param>
    /// <param name="machineApplied">The last command the machine holds.</param>
    /// <exception cref="RaftKvException">The machine holds more than the log, or the log has given up what the machine needs.</exception>
    public RaftRestore Restore(NodeId self, LogPosition machineApplied)
    {
        SettleInstall(machineApplied);
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

    /// <summary>
    /// Looks whether what damage took can be got back. What a crash interrupted is settled first, and a member that is alone gives up
    /// what its machine has.
    /// </summary>
    /// <param name="self">The member.</param>
    /// <param name="machine">The last command the machine holds durably, which is the last one it holds.</param>
    /// <returns>What is missing and has to be got from other members before <see cref="Restore"/>.</returns>
    /// <exception cref="RaftKvException">Something is missing, and no other member could help.</exception>
    public GroupDamage Examine(NodeId self, LogPosition machine)
    {
        if (_state.IsDistrusted)
            SettleDistrust(machine);
        if (Damage.IsNone)
            return Damage;
        SettleInstall(machine);
        Configuration configuration = NewestReadable();
        bool isAlone = configuration.Members() is [var only] && only == self;
        if (isAlone && TryReleaseDamage(machine))
            return Damage;
        bool canHelp = !isAlone && (!Damage.IsDoubtful || CanSpare(configuration, [self]));
        return Damage.IsNone || canHelp ? Damage : throw StopReasons.Irreparable(Damage);
    }

    /// <summary>Whether the group can decide without some of its members.</summary>
    internal static bool CanSpare(Configuration configuration, IReadOnlyCollection<NodeId> spared)
    {
        return CanSpare(configuration.Voters) && CanSpare(configuration.VotersOutgoing);

        bool CanSpare(ReadOnlySpan<NodeId> voters)
        {
            int left = 0;
            foreach (NodeId voter in voters)
                left += spared.Contains(voter) ? 0 : 1;
            return voters.IsEmpty || left > voters.Length / 2;
        }
    }

    /// <summary>
    /// What a core is shown that only waits for the log to be mended: the machine's position with nothing behind it, and the newest
    /// configuration that can be read.
    /// </summary>
    /// <param name="machineApplied">The last command the machine holds.</param>
    public RaftRestore RestoreMeanwhile(LogPosition machineApplied)
    {
        LogPosition start = machineApplied.Index > _state.Base.Index ? machineApplied : _state.Base;
        Term term = _state.HardState.Term > start.Term ? _state.HardState.Term : start.Term;
        return new RaftRestore
        {
            HardState = new HardState(term, NodeId.None, start.Index),
            Base = start,
            Configuration = NewestReadable(),
            Last = start.Index,
            Applied = start.Index,
        };
    }

    /// <summary>
    /// Gives up the log through the machine's durable state, if that includes all that is missing. For a member that nobody could be
    /// behind.
    /// </summary>
    /// <param name="machineDurable">The last command the machine holds durably.</param>
    /// <returns>Whether nothing is missing any more.</returns>
    public bool TryReleaseDamage(LogPosition machineDurable)
    {
        long through = machineDurable.Index.Value;
        if (Damage.IsDoubtful || Damage.Holes.Any(hole => hole.Last.Value > through) || through > _log.LastIndex(_group))
            return false;
        try
        {
            Release(machineDurable.Index, machineDurable);
        }
        catch (Storage.StorageCorruptException)
        {
            // The configuration as of there is among what is missing.
            return false;
        }
        Damage = GroupDamage.Of(_log, _group, _state);
        return Damage.IsNone;
    }

    /// <summary>Entries for a member whose log is damaged; none when they are not here. Called where nothing is written beside.</summary>
    /// <param name="ask">What it lacks.</param>
    public RepairAnswer Serve(RepairAsk ask)
    {
        ArgumentNullException.ThrowIfNull(ask);
        (long first, long last, long anchor) = (ask.Hole.First.Value, ask.Hole.Last.Value, ask.Hole.Anchor.Index.Value);
        List<WalEntry> stored = [];
        bool isHeld = first > _state.Base.Index.Value && first >= _log.FirstIndex(_group) && anchor <= _log.LastIndex(_group)
            && _log.Tag(_group, anchor) == ask.Hole.Anchor.Term.Value;
        try
        {
            if (isHeld)
                _log.Read(_group, first, last, RepairBytesMax, stored);
        }
        catch (Storage.StorageCorruptException)
        {
            // What comes before the damage here is as good as anybody's.
        }
        return new RepairAnswer(ask.Group, ask.Hole, EntriesOf(stored));
    }

    /// <summary>Puts entries back that were missing.</summary>
    /// <param name="entries">Of holes; from a log that has their anchors.</param>
    /// <exception cref="Storage.StorageException">They could not be written.</exception>
    public void Mend(ReadOnlySpan<Entry> entries)
    {
        _batch.Clear();
        foreach (Entry entry in entries)
            _batch.AddRepair(_group, entry.Index.Value, entry.Term.Value, (byte)entry.Kind, entry.Payload.Span);
        _log.Append(_batch);
        Damage = GroupDamage.Of(_log, _group, _state);
    }

    /// <summary>Notes that the log holds less than it once did: nothing but another admission makes it whole.</summary>
    public void Doubt()
    {
        WriteState(_state with { IsDoubtful = true });
        Damage = GroupDamage.Of(_log, _group, _state);
    }

    /// <summary>Notes that the machine's state is not to be trusted, until <see cref="EndInstall"/>.</summary>
    public void Distrust()
    {
        if (!_state.IsDistrusted)
            WriteState(_state with { IsDistrusted = true, Rebuilds = Math.Min(_state.Rebuilds + 1, NodeState.RebuildsMax) });
    }

    /// <summary>Notes that the whole of the machine's state was found sound.</summary>
    public void Trust()
    {
        if (_state.Rebuilds > 0)
            WriteState(_state with { Rebuilds = 0 });
    }

    /// <summary>
    /// Gives the damaged log up, of which copies stay beside it: the group goes on from the machine's state under another disk identity,
    /// as a member that nobody knows yet.
    /// </summary>
    /// <param name="epoch">A number drawn for it, not 0.</param>
    /// <param name="machineApplied">The last command the machine holds.</param>
    /// <returns>The names of the copies.</returns>
    /// <exception cref="Storage.StorageException">There is no room for the copies, or the log cannot be written.</exception>
    public IReadOnlyList<string> BeginAnew(long epoch, LogPosition machineApplied)
    {
        IReadOnlyList<string> copies = _log.CopyDamaged();
        Term term = _state.HardState.Term > machineApplied.Term ? _state.HardState.Term : machineApplied.Term;
        NodeId vote = term == _state.HardState.Term ? _state.HardState.VotedFor : NodeId.None;
        NodeState anew = new(new HardState(term, vote, machineApplied.Index), machineApplied, Configuration.Empty)
        {
            Epoch = epoch,
            IsDistrusted = _state.IsDistrusted,
            Rebuilds = _state.Rebuilds,
        };
        (long former, long next) = (_group, GroupNumbers.Free(_log));
        _batch.Clear();
        _batch.SetState(next, anew.Encode());
        _batch.SetState(_named, new NodeState(default, LogPosition.Zero, Configuration.Empty) { MovedTo = next }.Encode());
        _log.Append(_batch);
        _log.Release(former, _log.LastIndex(former));
        (_group, _state, Damage) = (next, anew, GroupDamage.None);
        return copies;
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
        return EntriesOf(stored);
    }

    /// <summary>Gives up the log's beginning. That it begins later is durable before anything is lost.</summary>
    /// <param name="through">The last entry given up; stored, committed and applied.</param>
    /// <returns>The position after which the log now begins.</returns>
    public LogPosition Release(LogIndex through) => Release(through, new LogPosition(new Term(_log.Tag(_group, through.Value)), through));

    private LogPosition Release(LogIndex through, LogPosition start)
    {
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
        bool holds = position == _state.Base || (index >= _log.FirstIndex(_group) && index <= _log.LastIndex(_group)
            && _log.Tag(_group, index) == position.Term.Value);
        LogIndex[] following = [.. _state.ConfigurationEntries.Where(entry => holds && entry > position.Index)];
        _batch.Clear();
        // An entry in the place of another takes all that follow with it; what is released then is the whole rest.
        if (!holds && index <= _log.LastIndex(_group))
            _batch.AddEntry(_group, Math.Max(index, _log.FirstIndex(_group)), position.Term.Value, (byte)EntryKind.Noop, []);
        // Who did not hear of the term in which the state was made takes it over; it has not voted in it.
        HardState hardState = position.Term > _state.HardState.Term
            ? new HardState(position.Term, NodeId.None, _state.HardState.Commit)
            : _state.HardState;
        NodeState state = _state with
        {
            HardState = hardState,
            Base = position,
            Configuration = done.Configuration,
            ConfigurationEntries = following,
            Installing = null,
            IsDistrusted = false,
        };
        _batch.SetState(_group, state.Encode());
        _log.Append(_batch);
        _state = state;
        _log.Release(_group, index);
        Damage = GroupDamage.Of(_log, _group, _state);
    }

    // A machine that is empty is rebuilt from the log, if that is whole.
    private void SettleDistrust(LogPosition machine)
    {
        SettleInstall(machine);
        if (_state.IsDistrusted && machine == LogPosition.Zero && _state.Base == LogPosition.Zero)
            WriteState(_state with { IsDistrusted = false });
    }

    private void SettleInstall(LogPosition machineApplied)
    {
        if (_state.Installing is not { } pending)
            return;
        // A state that is not to be trusted may be as new as the one that was to take its place, unless the log ends before that.
        bool isOld = _state.IsDistrusted && pending.Position.Index.Value <= _log.LastIndex(_group);
        bool isThere = machineApplied.Index >= pending.Position.Index && !Mutation.Is(Mutant.InstallationForgotten);
        if ((isThere && !isOld) || Mutation.Is(Mutant.StateHalfInstalled))
            EndInstall();
        else
            _state = _state with { Installing = null };
    }

    private static Entry[] EntriesOf(List<WalEntry> stored)
    {
        Entry[] entries = new Entry[stored.Count];
        for (int i = 0; i < entries.Length; i++)
        {
            LogPosition position = new(new Term(stored[i].Tag), new LogIndex(stored[i].Index));
            entries[i] = new Entry(position, (EntryKind)stored[i].Kind, stored[i].Payload);
        }
        return entries;
    }

    private static NodeState Decode(ReadOnlyMemory<byte> stored) => NodeState.Decode(stored.Span)
        ?? throw Damaged("The state in the log was written by a version this one does not know.");

    // A doubt about where the group went is one about the group.
    private void FollowTo(long number)
    {
        bool isDoubtful = _state.IsDoubtful;
        ReadOnlyMemory<byte> stored = _log.State(number);
        _group = number;
        _state = stored.IsEmpty ? new NodeState(default, LogPosition.Zero, Configuration.Empty) { IsDoubtful = true } : Decode(stored);
        if (isDoubtful && !_state.IsDoubtful)
            _state = _state with { IsDoubtful = true };
    }

    // While entries are missing some that carry configurations may be.
    private Configuration NewestReadable()
    {
        for (int i = _state.ConfigurationEntries.Length - 1; i >= 0; i--)
        {
            try
            {
                return ReadConfiguration(_state.ConfigurationEntries[i]);
            }
            catch (Exception e) when (e is Storage.StorageCorruptException or ArgumentOutOfRangeException or RaftKvException)
            {
                // An older one, then.
            }
        }
        return _state.Configuration;
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
        Configuration present = restored.ConfigurationAt(restored.Last);
        Configuration sole = new(
            [self],
            incarnations: present.IncarnationOf(self) is var disk and not 0 ? [new MemberIncarnation(self, disk)] : [],
            addresses: present.AddressOf(self) is { } address ? [new MemberAddress(self, address)] : [],
            format: present.Format);
        Term lastTerm = restored.TermRuns.Count > 0 ? restored.TermRuns[^1].Term : restored.Base.Term;
        LogPosition position = new(new Term(Math.Max(restored.HardState.Term.Value, lastTerm.Value) + 1), restored.Last.Next);
        Entry entry = new(position, EntryKind.Configuration, ConfigurationCodec.Encode(sole));
        batch.AddEntry(_group, entry.Index.Value, entry.Term.Value, (byte)entry.Kind, entry.Payload.Span);
        // Nobody else is left whose state could be trusted more.
        _state = _state.After([entry]) with
        {
            HardState = new HardState(position.Term, self, position.Index),
            Installing = null,
            IsDistrusted = false,
        };
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
