using RaftKv.Raft.Replication;
using RaftKv.Raft.Roles;

namespace RaftKv.Raft.Membership;

/// <summary>What a leader does about membership: one change at a time, automatic leave, promotion of those who join.</summary>
internal sealed class MembershipLead(Protocol protocol, Replicator replicator)
{
    private readonly SortedList<NodeId, CatchUpRound> _rounds = [];
    private readonly SortedList<NodeId, long> _amnesiacs = [];
    private bool _mayRecord = protocol.Options.Incarnation != 0;
    private bool _mayRaise = protocol.Options.RaisesFormat;

    /// <summary>The configuration in effect is committed, and with it everything that depends on it may go on.</summary>
    private bool IsSettled =>
        (protocol.Configurations.Index <= protocol.Commit || Mutation.Is(Mutant.OverlapChanges))
        && (protocol.HasCommittedInTerm || Mutation.Is(Mutant.ChangeBeforeCommitInTerm));

    /// <summary>
    /// Whether the leader is no voter and its part is done: what made it none is committed, and others hold its log (thesis 4.2.2).
    /// </summary>
    public bool IsRemoved => !protocol.Configuration.IsVoter(protocol.Self)
        && protocol.Configurations.Index <= protocol.Commit && protocol.HasCommittedInTerm;

    /// <summary>Whether nothing about membership goes on.</summary>
    public bool IsIdle =>
        IsSettled && !protocol.Configuration.IsJoint && protocol.Configuration.Joining.IsEmpty && _amnesiacs.Count == 0;

    public ChangeResult Change(ReadOnlySpan<MemberChange> changes, ChangeMode mode)
    {
        if (!protocol.HasCommittedInTerm && !Mutation.Is(Mutant.ChangeBeforeCommitInTerm))
            return Refuse(ChangeStatus.NoCommitInTerm, ChangeError.None);
        if (!IsSettled || protocol.Configuration.IsJoint)
            return Refuse(ChangeStatus.InFlight, ChangeError.None);
        if (BringsStranger(changes))
            return Refuse(ChangeStatus.Refused, ChangeError.FormatNotSpoken);
        Configuration current = protocol.Configuration;
        Configuration next = current;
        ChangeError error = mode == ChangeMode.Automatic ? Changer.Simple(current, changes, out next) : ChangeError.NeedsJoint;
        if (error == ChangeError.NeedsJoint)
            error = Changer.EnterJoint(current, mode != ChangeMode.JointUntilLeft, changes, out next);
        return error == ChangeError.None ? Append(next) : Refuse(ChangeStatus.Refused, error);
    }

    public ChangeResult Leave()
    {
        if (!protocol.HasCommittedInTerm)
            return Refuse(ChangeStatus.NoCommitInTerm, ChangeError.None);
        if (!IsSettled)
            return Refuse(ChangeStatus.InFlight, ChangeError.None);
        ChangeError error = Changer.LeaveJoint(protocol.Configuration, out Configuration next);
        return error == ChangeError.None ? Append(next) : Refuse(ChangeStatus.Refused, error);
    }

    /// <summary>Raises the format to the newest that every member speaks.</summary>
    public ChangeResult RaiseFormat()
    {
        if (!protocol.HasCommittedInTerm)
            return Refuse(ChangeStatus.NoCommitInTerm, ChangeError.None);
        if (!IsSettled || protocol.Configuration.IsJoint)
            return Refuse(ChangeStatus.InFlight, ChangeError.None);
        if (protocol.Spoken.Newer() is not { } newer)
            return Refuse(ChangeStatus.Refused, ChangeError.NoNewerFormat);
        ChangeError error = Changer.Raise(protocol.Configuration, newer, out Configuration next);
        Invariant.Check(error == ChangeError.None);
        return Append(next);
    }

    /// <summary>What members speak is news; a group that rests is woken for it only if something follows.</summary>
    public void FormatsHeard()
    {
        if (!protocol.Options.RaisesFormat || protocol.Spoken.Newer() is null)
            return;
        _mayRaise = true;
        protocol.Rest.Disturb();
    }

    public void ConfigurationChanged()
    {
        IdentityStated();
        _mayRaise = protocol.Options.RaisesFormat;
    }

    /// <summary>
    /// A member states another disk identity than the one on record. While the one on record is heard from, a former one is a late message of
    /// a run that is over: to admit that would part the group from a member that is well.
    /// </summary>
    public void FoundAmnesia(NodeId node, long incarnation)
    {
        if (replicator.Find(node) is { IsHeard: true } && protocol.Configurations.IsFormer(node, incarnation))
            return;
        if (!_amnesiacs.TryGetValue(node, out long known) || known != incarnation)
            protocol.Outbox.Add(new AmnesiaFound { Term = protocol.Term, Node = node });
        _amnesiacs[node] = incarnation;
    }

    /// <summary>A disk identity may be news to the configuration.</summary>
    public void IdentityStated() => _mayRecord = protocol.Options.Incarnation != 0;

    public void Tick()
    {
        foreach (CatchUpRound round in _rounds.Values)
            round.Ticks++;
    }

    /// <summary>Does what follows by itself from the state of things.</summary>
    public void Pump()
    {
        Configuration configuration = protocol.Configuration;
        if (!configuration.IsJoint && configuration.Joining.IsEmpty && _amnesiacs.Count == 0 && !_mayRecord && !_mayRaise)
            return;
        if (configuration.IsJoint)
        {
            if (Mutation.Is(Mutant.LeaveJointEarly) && Changer.LeaveJoint(configuration, out Configuration early) == ChangeError.None)
                Append(early);
            else if (configuration.AutoLeave && IsSettled)
                Leave();
            return;
        }
        if (!IsSettled || TryReadmit() || TryRecord() || TryRaise())
            return;
        foreach (NodeId joining in configuration.Joining)
        {
            if (!HasCaughtUp(joining))
                continue;
            _rounds.Remove(joining);
            MemberChangeKind kind = configuration.IsWitness(joining) ? MemberChangeKind.AddWitness : MemberChangeKind.AddVoter;
            Change([new MemberChange(kind, joining)], ChangeMode.Automatic);
            return;
        }
    }

    // A voter that lost its disk is no voter until it holds the log again: it becomes a learner that joins, under its new identity. A
    // witness joins as a witness.
    private bool TryReadmit()
    {
        while (_amnesiacs.Count > 0)
        {
            (NodeId node, long incarnation) = (_amnesiacs.GetKeyAtIndex(0), _amnesiacs.GetValueAtIndex(0));
            _amnesiacs.RemoveAt(0);
            if (protocol.Configuration.Admits(node, incarnation))
                continue;
            MemberSets sets = new(protocol.Configuration);
            if (protocol.Configuration.IsVoter(node))
            {
                sets.Apply(new MemberChange(MemberChangeKind.Remove, node));
                sets.Apply(new MemberChange(MemberChangeKind.Join, node));
            }
            sets.Record(node, incarnation);
            if (!sets.HasDataVoter)
                continue;
            replicator.Forget(node);
            Append(sets.ToConfiguration(autoLeave: false));
            return true;
        }
        return false;
    }

    // Disk identities that members state are noted once, so that a later one is told apart.
    private bool TryRecord()
    {
        if (!_mayRecord)
            return false;
        MemberSets? sets = null;
        foreach (PeerProgress peer in replicator.Peers)
        {
            if (peer.Incarnation == 0 || protocol.Configuration.IncarnationOf(peer.Id) != 0)
                continue;
            sets ??= new MemberSets(protocol.Configuration);
            sets.Record(peer.Id, peer.Incarnation);
        }
        if (protocol.Configuration.IncarnationOf(protocol.Self) == 0 && protocol.Configuration.IsMember(protocol.Self))
        {
            sets ??= new MemberSets(protocol.Configuration);
            sets.Record(protocol.Self, protocol.Options.Incarnation);
        }
        _mayRecord = false;
        if (sets is null)
            return false;
        Append(sets.ToConfiguration(autoLeave: false));
        return true;
    }

    private bool TryRaise()
    {
        bool mayRaise = _mayRaise && protocol.Spoken.Newer() is not null;
        _mayRaise = false;
        return mayRaise && RaiseFormat().Status == ChangeStatus.Appended;
    }

    // Who is known not to read what the members write would not hold what it acknowledges.
    private bool BringsStranger(ReadOnlySpan<MemberChange> changes)
    {
        foreach (MemberChange change in changes)
        {
            bool comes = change.Kind is not (MemberChangeKind.Remove or MemberChangeKind.Readdress)
                && !protocol.Configuration.IsMember(change.Node);
            if (comes && protocol.Spoken.Of(change.Node) is not null && !protocol.Spoken.SpeaksActive(change.Node))
                return true;
        }
        return false;
    }

    // Thesis 4.2.1: replicate in rounds, each up to where the log ended when it began; a round that takes less than an election
    // timeout shows that the rest would not stall the group for longer than an election does.
    private bool HasCaughtUp(NodeId joining)
    {
        if (replicator.Find(joining) is not { } peer || !protocol.Spoken.SpeaksActive(joining))
            return false;
        if (!_rounds.TryGetValue(joining, out CatchUpRound? round))
        {
            _rounds.Add(joining, new CatchUpRound(protocol.Log.LastIndex));
            return false;
        }
        if (peer.Match < round.Target)
            return false;
        if (round.Ticks <= protocol.Options.ElectionTicks)
            return true;
        _rounds[joining] = new CatchUpRound(protocol.Log.LastIndex);
        return false;
    }

    private ChangeResult Append(Configuration next)
    {
        LogPosition position = new(protocol.Term, protocol.Log.LastIndex.Next);
        protocol.Append(new Entry(position, EntryKind.Configuration, ConfigurationCodec.Encode(next)));
        return new ChangeResult(ChangeStatus.Appended, ChangeError.None, position, protocol.Self);
    }

    private ChangeResult Refuse(ChangeStatus status, ChangeError error) => new(status, error, default, protocol.Self);

    private sealed class CatchUpRound(LogIndex target)
    {
        public LogIndex Target { get; } = target;

        public int Ticks { get; set; }
    }
}
