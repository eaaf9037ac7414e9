using RaftKv.Node.Driver;
using RaftKv.Raft;
using RaftKv.Raft.Membership;
using RaftKv.Storage.Wal;

namespace RaftKv.Node.Persistence;

/// <summary>Gets a group's damaged log back, or gives it up. Called from one thread at a time, the one that writes.</summary>
public sealed class EntryRepair
{
    // What one answer to a member with a damaged log holds.
    private const long BytesMax = 1024 * 1024;

    private readonly GroupLog _group;
    private readonly StateReplacement _replacement;
    private readonly WalBatch _batch = new();

    internal EntryRepair(GroupLog group, StateReplacement replacement) => (_group, _replacement) = (group, replacement);

    /// <summary>What damage took; nothing else can be done with the store before it is mended.</summary>
    public GroupDamage Damage => _group.Damage;

    /// <summary>
    /// Looks whether what damage took can be got back. What a crash interrupted is settled first, and a member that is alone gives up
    /// what its machine has.
    /// </summary>
    /// <param name="self">The member.</param>
    /// <param name="machine">The last command the machine holds durably, which is the last one it holds.</param>
    /// <returns>What is missing and has to be got from other members before <see cref="EntryStore.Restore"/>.</returns>
    /// <exception cref="RaftKvException">Something is missing, and no other member could help.</exception>
    public GroupDamage Examine(NodeId self, LogPosition machine)
    {
        if (_group.State.IsDistrusted)
            _replacement.SettleDistrust(machine);
        if (Damage.IsNone)
            return Damage;
        _replacement.Settle(machine);
        Configuration configuration = _group.NewestReadable(_group.LastConfiguration);
        bool isAlone = configuration.Members() is [var only] && only == self;
        if (isAlone && TryRelease(machine))
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
        LogPosition start = machineApplied.Index > _group.State.Base.Index ? machineApplied : _group.State.Base;
        Term term = _group.State.HardState.Term > start.Term ? _group.State.HardState.Term : start.Term;
        return new RaftRestore
        {
            HardState = new HardState(term, NodeId.None, start.Index),
            Base = start,
            Configuration = _group.NewestReadable(_group.LastConfiguration),
            Last = start.Index,
            Applied = start.Index,
        };
    }

    /// <summary>
    /// Whether what is left of a damaged log tells that this member was removed: then it needs no entries, and nobody might give it any.
    /// </summary>
    /// <param name="self">The member.</param>
    /// <param name="machineApplied">The last command the machine holds, which was committed.</param>
    public bool IsRemoved(NodeId self, LogPosition machineApplied) =>
        !Damage.IsNone && _group.IsRemoved(self, LogIndex.Max(_group.State.HardState.Commit, machineApplied.Index));

    /// <summary>
    /// Gives up the log through the machine's durable state, if that includes all that is missing. For a member that nobody could be
    /// behind.
    /// </summary>
    /// <param name="machineDurable">The last command the machine holds durably.</param>
    /// <returns>Whether nothing is missing any more.</returns>
    public bool TryRelease(LogPosition machineDurable)
    {
        long through = machineDurable.Index.Value;
        if (Damage.IsDoubtful || Damage.Holes.Any(hole => hole.Last.Value > through) || through > _group.Log.LastIndex(_group.Number))
            return false;
        try
        {
            _group.Release(machineDurable.Index, machineDurable);
        }
        catch (Storage.StorageCorruptException)
        {
            // The configuration as of there is among what is missing.
            return false;
        }
        _group.LookForDamage();
        return Damage.IsNone;
    }

    /// <summary>Entries for a member whose log is damaged; none when they are not here. Called where nothing is written beside.</summary>
    /// <param name="ask">What it lacks.</param>
    public RepairAnswer Serve(RepairAsk ask)
    {
        ArgumentNullException.ThrowIfNull(ask);
        (long first, long last, long anchor) = (ask.Hole.First.Value, ask.Hole.Last.Value, ask.Hole.Anchor.Index.Value);
        (WriteAheadLog log, long number) = (_group.Log, _group.Number);
        List<WalEntry> stored = [];
        bool isHeld = first > _group.State.Base.Index.Value && first >= log.FirstIndex(number) && anchor <= log.LastIndex(number)
            && log.Tag(number, anchor) == ask.Hole.Anchor.Term.Value;
        try
        {
            if (isHeld)
                log.Read(number, first, last, BytesMax, stored);
        }
        catch (Storage.StorageCorruptException)
        {
            // What comes before the damage here is as good as anybody's.
        }
        return new RepairAnswer(ask.Group, ask.Hole, StoredEntries.Of(stored));
    }

    /// <summary>Puts entries back that were missing.</summary>
    /// <param name="entries">Of holes; from a log that has their anchors.</param>
    /// <exception cref="Storage.StorageException">They could not be written.</exception>
    public void Mend(ReadOnlySpan<Entry> entries)
    {
        _batch.Clear();
        foreach (Entry entry in entries)
            _batch.AddRepair(_group.Number, entry.Index.Value, entry.Term.Value, (byte)entry.Kind, entry.Payload.Span);
        _group.Log.Append(_batch);
        _group.LookForDamage();
    }

    /// <summary>Notes that the log holds less than it once did: nothing but another admission makes it whole.</summary>
    public void Doubt()
    {
        _group.Write(_group.State with { IsDoubtful = true });
        _group.LookForDamage();
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
        IReadOnlyList<string> copies = _group.Log.CopyDamaged();
        HardState known = _group.State.HardState;
        Term term = known.Term > machineApplied.Term ? known.Term : machineApplied.Term;
        NodeId vote = term == known.Term ? known.VotedFor : NodeId.None;
        // The machine is told the format that it was told last, until the log that follows names another one.
        Configuration nobody = machineApplied.Index >= _group.State.Base.Index
            ? new Configuration([], format: _group.NewestReadable(machineApplied.Index).Format)
            : Configuration.Empty;
        NodeState anew = new(new HardState(term, vote, machineApplied.Index), machineApplied, nobody)
        {
            Epoch = epoch,
            IsDistrusted = _group.State.IsDistrusted,
            Rebuilds = _group.State.Rebuilds,
        };
        _group.MoveTo(GroupNumbers.Free(_group.Log), anew);
        return copies;
    }
}
