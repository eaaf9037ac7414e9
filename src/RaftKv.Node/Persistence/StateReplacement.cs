using RaftKv.Raft;
using RaftKv.Raft.Membership;
using RaftKv.Storage.Wal;

namespace RaftKv.Node.Persistence;

/// <summary>
/// Another member's state in the place of the machine's and of the log, because this member lags or its state is not to be trusted. Called from
/// one thread at a time, the one that writes.
/// </summary>
public sealed class StateReplacement
{
    private readonly GroupLog _group;
    private readonly WalBatch _batch = new();

    internal StateReplacement(GroupLog group) => _group = group;

    /// <summary>Whether the machine's state is not to be trusted, and another member's has to take its place before it is used.</summary>
    public bool IsDistrusted => _group.State.IsDistrusted;

    /// <summary>How often that happened since the whole state was last found sound; counted up to three.</summary>
    public int Rebuilds => _group.State.Rebuilds;

    /// <summary>Whether a crash came while another member's state was being put in the machine's place.</summary>
    internal bool IsUnderWay => _group.State.Installing is not null;

    /// <summary>Whether the machine's state can be got anew: from the log that holds every entry, or from another member that keeps any.</summary>
    /// <param name="self">The member.</param>
    public bool IsPossible(NodeId self)
    {
        Configuration members = _group.NewestReadable(_group.LastConfiguration);
        return (_group.Damage.IsNone && _group.State.Base == LogPosition.Zero)
            || members.Members().Any(member => member != self && !members.IsWitness(member));
    }

    /// <summary>Notes that the machine's state is not to be trusted, until <see cref="End"/>.</summary>
    public void Distrust()
    {
        if (!_group.State.IsDistrusted)
            _group.Write(_group.State with { IsDistrusted = true, Rebuilds = Math.Min(_group.State.Rebuilds + 1, NodeState.RebuildsMax) });
    }

    /// <summary>Notes that the whole of the machine's state was found sound.</summary>
    public void Trust()
    {
        if (_group.State.Rebuilds > 0)
            _group.Write(_group.State with { Rebuilds = 0 });
    }

    /// <summary>
    /// Notes durably that state up to a position is about to take the place of the machine's. Until <see cref="End"/> nothing
    /// else is written.
    /// </summary>
    /// <param name="position">The last entry that the state includes.</param>
    /// <param name="configuration">The configuration as of it.</param>
    public void Begin(LogPosition position, Configuration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        _group.Write(_group.State with { Installing = new PendingInstall(position, configuration) });
    }

    /// <summary>
    /// The machine has the state: the log begins after its position. What follows there stays if the log holds that very position,
    /// else the log is emptied (Raft 7).
    /// </summary>
    public void End()
    {
        PendingInstall done = _group.State.Installing ?? throw new InvalidOperationException("Nothing is being installed.");
        (LogPosition position, long index) = (done.Position, done.Position.Index.Value);
        (WriteAheadLog log, long number) = (_group.Log, _group.Number);
        bool holds = position == _group.State.Base
            || (index >= log.FirstIndex(number) && index <= log.LastIndex(number) && log.Tag(number, index) == position.Term.Value);
        LogIndex[] following = [.. _group.State.ConfigurationEntries.Where(entry => holds && entry > position.Index)];
        _batch.Clear();
        // An entry in the place of another takes all that follow with it; what is released then is the whole rest.
        if (!holds && index <= log.LastIndex(number))
            _batch.AddEntry(number, Math.Max(index, log.FirstIndex(number)), position.Term.Value, (byte)EntryKind.Noop, []);
        // Who did not hear of the term in which the state was made takes it over; it has not voted in it.
        HardState hardState = position.Term > _group.State.HardState.Term
            ? new HardState(position.Term, NodeId.None, _group.State.HardState.Commit)
            : _group.State.HardState;
        NodeState state = _group.State with
        {
            HardState = hardState,
            Base = position,
            Configuration = done.Configuration,
            ConfigurationEntries = following,
            Installing = null,
            IsDistrusted = false,
        };
        _batch.SetState(number, state.Encode());
        log.Append(_batch);
        _group.State = state;
        log.Release(number, index);
        _group.LookForDamage();
    }

    /// <summary>A machine that is empty is rebuilt from the log, if that is whole.</summary>
    internal void SettleDistrust(LogPosition machine)
    {
        Settle(machine);
        if (_group.State.IsDistrusted && machine == LogPosition.Zero && _group.State.Base == LogPosition.Zero)
            _group.Write(_group.State with { IsDistrusted = false });
    }

    /// <summary>Ends or forgets what a crash interrupted: the machine tells by what it holds how far that had come.</summary>
    internal void Settle(LogPosition machineApplied)
    {
        if (_group.State.Installing is not { } pending)
            return;
        // A state that is not to be trusted may be as new as the one that was to take its place, unless the log ends before that.
        bool isOld = _group.State.IsDistrusted && pending.Position.Index.Value <= _group.Log.LastIndex(_group.Number);
        bool isThere = machineApplied.Index >= pending.Position.Index && !Mutation.Is(Mutant.InstallationForgotten);
        if ((isThere && !isOld) || Mutation.Is(Mutant.StateHalfInstalled))
            End();
        else
            _group.State = _group.State with { Installing = null };
    }
}
