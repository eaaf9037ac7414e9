using RaftKv.Raft.Membership;
using RaftKv.Raft.Messages;
using RaftKv.Raft.Tests.Harness;
using RaftKv.Raft.Tests.Traces;

namespace RaftKv.Raft.Tests.Schedules;

/// <summary>A group on one thread whose network, disks and clocks do whatever the seed says.</summary>
internal sealed class Schedule
{
    private const int SpareMembers = 2;

    private static readonly MemberChangeKind[] ChangeKinds =
        [MemberChangeKind.AddVoter, MemberChangeKind.AddLearner, MemberChangeKind.Remove, MemberChangeKind.Join];

    private readonly SplittableRandom _random;
    private readonly ScheduleOptions _options;
    private readonly List<TestMember> _members = [];
    private readonly List<Message> _network = [];
    private readonly SortedSet<(long From, long To)> _cut = [];
    private readonly List<(Message Message, long Due)> _late = [];
    private readonly Leadership _leadership;
    private readonly Claims _claims;
    private readonly Dictionary<NodeId, int> _wipes = [];
    private Message? _received;
    private TestMember? _stalled;
    private bool _healed;
    private long _lastRequest;

    public Schedule(ulong seed)
    {
        _random = new SplittableRandom(seed);
        _options = ScheduleOptions.Draw(_random.Fork("options"));
        _leadership = new Leadership(_options.LeaseReads);
        long[] ids = [.. Enumerable.Range(1, _options.Members).Select(id => (long)id)];
        Configuration founding = _options.Witness && ids.Length > 1
            ? Configuration.Parse($"voters=({string.Join(' ', ids)}) witnesses=(2)")
            : Configuration.Of(ids);
        foreach (long id in ids)
            _members.Add(NewMember(new NodeId(id), founding, seed));
        for (int spare = 1; _options.Changes && spare <= SpareMembers; spare++)
            _members.Add(NewMember(new NodeId(ids.Length + spare), Configuration.Empty, seed));
        _claims = new Claims(_members, id => _options.Wipes ? Incarnation(id) : 0, _leadership);
        foreach (TestMember member in _members)
            _leadership.Started(member.Id);
    }

    public int ElectionCount => _claims.ElectionCount;

    public int ConfigurationCount => _claims.ConfigurationCount;

    public int WipeCount { get; private set; }

    public int SnapshotCount { get; private set; }

    public LogIndex Committed => _claims.CommittedMax;

    public void Run()
    {
        for (int step = 0; step < _options.Steps; step++)
            Step();
        Heal();
    }

    private TestMember NewMember(NodeId id, Configuration founding, ulong seed)
    {
        TestMember member = new(id, new TestDisk(founding), run => OptionsOf(id, run), seed);
        member.Sent = message => Send(member, message);
        member.Written = (writer, batch) => _claims.Wrote(writer, batch);
        member.Taken = ready => Take(member, ready);
        member.AppliedEntry = entry => _claims.Applied(member, entry);
        return member;
    }

    private RaftOptions OptionsOf(NodeId id, long run) => new()
    {
        Self = id,
        Session = run,
        PreVote = _options.PreVote,
        CheckQuorum = _options.CheckQuorum,
        EntryWindowBytes = _options.EntryWindowBytes,
        InflightMessagesMax = _options.InflightMessagesMax,
        MessageBytesMax = _options.MessageBytesMax,
        LeaseReads = _options.LeaseReads,
        LeaseDriftTicks = 0,
        Incarnation = _options.Wipes ? Incarnation(id) : 0,
        UncommittedBytesMax = 4000,
        ApplyBytesMax = 300,
    };

    private void Take(TestMember member, Ready ready)
    {
        foreach (ReadResult read in ready.Reads.Span)
            _claims.ReadAnswered(member, read, _received);
    }

    private void Send(TestMember member, Message message)
    {
        _claims.Sent(member, message);
        if (!_healed && (_cut.Contains((message.From.Value, message.To.Value)) || _random.Chance(_options.Loss)))
            return;
        if (!_healed && _options.Temper == Temper.Lagging && _random.Chance(0.2))
            _late.Add((message, _leadership.Step + 20 + _random.Next(200)));
        else
            _network.Add(message);
        if (!_healed && _random.Chance(_options.Repeat))
            _network.Add(message);
    }

    private void Step()
    {
        _leadership.Step++;
        DeliverLate();
        if (_options.Temper != Temper.Even && _random.Chance(0.08))
        {
            Bend();
            return;
        }
        TestMember member = _members[_random.Next(_members.Count)];
        int dice = _random.Next(100);
        if (dice < 45)
            DeliverOne();
        else if (dice < 62)
            Tick(member);
        else if (dice < 72)
            OnUp(member, Propose);
        else if (dice < 76)
            OnUp(member, Read);
        else if (dice < 88)
            OnUp(member, Persist);
        else if (dice < 93)
            OnUp(member, up => _ = up.ApplyOne() | up.ReadLogOne(1 + _random.Next(4)));
        else if (dice < 96)
            OnUp(member, Snapshot);
        else if (dice < 97)
            OnUp(member, Govern);
        else if (dice < 99)
            CrashOrRestart(member);
        else
            CutOrMend();
    }

    private void OnUp(TestMember member, Action<TestMember> action)
    {
        if (!member.IsUp)
            return;
        action(member);
        Settle(member);
    }

    private void Tick(TestMember member)
    {
        if (!_options.LeaseReads)
        {
            OnUp(member, up => up.Core.Tick());
            return;
        }
        // As often as each member alone would.
        if (_random.Next(_members.Count) != 0)
            return;
        _leadership.Ticks++;
        foreach (TestMember each in _members)
            OnUp(each, up => up.Core.Tick());
    }

    private void Settle(TestMember member)
    {
        if (!member.IsUp)
            return;
        member.Drain();
        while (!_options.SlowDisks && member.PendingWrites > 0)
        {
            member.PersistOne();
            member.Drain();
        }
        _claims.Observe(member);
    }

    private void Persist(TestMember member)
    {
        if (member != _stalled)
            member.PersistOne();
    }

    private void Propose(TestMember member)
    {
        Proposal[] proposals = new Proposal[1 + _random.Next(3)];
        for (int i = 0; i < proposals.Length; i++)
            proposals[i] = new Proposal(++_lastRequest, BitConverter.GetBytes(_lastRequest));
        member.Core.Propose(proposals);
    }

    private void Read(TestMember member)
    {
        long request = ++_lastRequest;
        _claims.ReadAsked(member.Id, request);
        member.Core.Read(request);
    }

    private void Snapshot(TestMember member)
    {
        if (member.HasSnapshotOrder)
        {
            SnapshotCount++;
            member.FetchSnapshot(Find);
        }
        else if (_options.Compactions && _random.Chance(0.8))
            member.Compact();
    }

    private TestMember Find(NodeId id) => _members[(int)id.Value - 1];

    /// <summary>Membership and leadership change at random, by every way there is.</summary>
    private void Govern(TestMember member)
    {
        if (_options.Transfers && _random.Chance(0.3))
            member.Core.TransferLeadership(RandomNode());
        if (!_options.Changes)
            return;
        MemberChange[] changes = new MemberChange[1 + _random.Next(3)];
        for (int i = 0; i < changes.Length; i++)
            changes[i] = new MemberChange(ChangeKinds[_random.Next(ChangeKinds.Length)], RandomNode());
        if (_random.Chance(0.3))
            member.Core.LeaveJoint();
        member.Core.ChangeMembership(changes, (ChangeMode)_random.Next(3));
    }

    private long Incarnation(NodeId id) => 1000 * id.Value + _wipes.GetValueOrDefault(id) + 1;

    /// <summary>A disk is lost, where the group can survive it: everybody knows under which identity the member was admitted.</summary>
    private void TryWipe(TestMember member)
    {
        Configuration known = member.Core.Status.Configuration;
        if (!known.IsMember(member.Id) || known.IsWitness(member.Id) || known.Voters.Length < 3 || known.IsJoint)
            return;
        foreach (NodeId id in known.Members())
        {
            RaftCore core = Find(id).Core;
            bool isSure = core.Commit >= core.Protocol.Configurations.Index;
            if (!isSure || core.Protocol.Configuration.IncarnationOf(member.Id) != Incarnation(member.Id))
                return;
            if (known.IncarnationOf(id) != Incarnation(id))
                return;
        }
        _wipes[member.Id] = _wipes.GetValueOrDefault(member.Id) + 1;
        _claims.Crashed(member);
        member.Crash();
        member.Wipe();
        WipeCount++;
    }

    private NodeId RandomNode() => new(1 + _random.Next(_members.Count));

    private void DeliverOne()
    {
        if (_network.Count == 0)
            return;
        int i = _options.Reorder ? _random.Next(_network.Count) : 0;
        Message message = _network[i];
        _network.RemoveAt(i);
        TestMember to = _members[(int)message.To.Value - 1];
        Receive(to, message);
    }

    private void Receive(TestMember to, Message message)
    {
        _received = message;
        OnUp(to, up => up.Core.Receive(message));
        _received = null;
    }

    private void DeliverLate()
    {
        for (int i = _late.Count - 1; i >= 0; i--)
        {
            (Message message, long due) = _late[i];
            if (due > _leadership.Step && !_healed)
                continue;
            _late.RemoveAt(i);
            Receive(Find(message.To), message);
        }
    }

    private TestMember? Leader() =>
        _members.Where(member => member.IsUp && member.Core.Role == Role.Leader).MaxBy(member => member.Core.Term);

    private void Bend()
    {
        switch (_options.Temper)
        {
            case Temper.Deposing:
                Depose();
                break;
            case Temper.Splitting:
                Split();
                break;
            default:
                Ask();
                break;
        }
    }

    /// <summary>Leaders lose their followers while they take commands, and come back when others have led.</summary>
    private void Depose()
    {
        int dice = _random.Next(100);
        TestMember? leader = Leader();
        if (dice < 15 || leader is null)
        {
            Isolate(null);
            _stalled = null;
        }
        else if (dice < 35)
        {
            Isolate(leader);
            _stalled = _random.Chance(0.5) ? _members[_random.Next(_members.Count)] : leader;
            TimeOut(_members.Where(member => member != leader));
        }
        else if (dice < 50 && _options.Crashes)
            CrashOrRestart(leader);
        else
        {
            TestMember[] leaders = [.. _members.Where(member => member.IsUp && member.Core.Role == Role.Leader)];
            OnUp(leaders[_random.Next(leaders.Length)], Propose);
        }
    }

    private void Isolate(TestMember? victim)
    {
        _cut.Clear();
        foreach (TestMember other in _members.Where(other => victim is not null && other != victim))
        {
            _cut.Add((victim!.Id.Value, other.Id.Value));
            _cut.Add((other.Id.Value, victim.Id.Value));
        }
    }

    /// <summary>While a change is under way, only the new or only the old voters reach each other.</summary>
    private void Split()
    {
        TestMember? leader = Leader();
        int dice = _random.Next(100);
        if (leader is null || dice < 15)
            _cut.Clear();
        else if (!leader.Core.Status.Configuration.IsJoint)
            OnUp(leader, Govern);
        else if (dice < 30 && _options.Crashes)
            CrashOrRestart(leader);
        else
            CutOff(leader, leader.Core.Status.Configuration);
    }

    /// <summary>A majority of the new voters, with as few old ones as can be, or one of the old voters is left to itself.</summary>
    private void CutOff(TestMember leader, Configuration joint)
    {
        bool isNew = _random.Chance(0.7);
        NodeId[] voters = isNew ? [.. joint.Voters] : [.. joint.VotersOutgoing];
        NodeId[] others = isNew ? [.. joint.VotersOutgoing] : [.. joint.Voters];
        HashSet<NodeId> kept = [.. voters.OrderBy(id => others.Contains(id) || id == leader.Id).Take(voters.Length / 2 + 1)];
        _cut.Clear();
        foreach (TestMember one in _members)
        {
            foreach (TestMember other in _members.Where(other => kept.Contains(one.Id) != kept.Contains(other.Id)))
                _cut.Add((one.Id.Value, other.Id.Value));
        }
        if (_random.Chance(0.5))
            TimeOut(_members.Where(member => kept.Contains(member.Id)));
    }

    /// <summary>Clocks run ahead, until somebody campaigns. Leases forbid that.</summary>
    private void TimeOut(IEnumerable<TestMember> members)
    {
        const int ElectionTicks = 10;
        foreach (TestMember member in members)
        {
            for (int tick = 0; tick < ElectionTicks + _random.Next(ElectionTicks) && !_options.LeaseReads; tick++)
                OnUp(member, up => up.Core.Tick());
        }
    }

    /// <summary>Members ask for reads all the time; leaders hand over or crash.</summary>
    private void Ask()
    {
        int dice = _random.Next(100);
        TestMember? leader = Leader();
        if (leader is null || dice < 40)
            OnUp(_members[_random.Next(_members.Count)], Read);
        else if (dice < 75)
            OnUp(leader, Read);
        else if (dice < 85 && _options.Transfers)
            OnUp(leader, up => up.Core.TransferLeadership(RandomNode()));
        else if (dice < 88)
            Isolate(leader);
        else if (dice < 93)
            Isolate(null);
        else if (_options.Crashes)
            CrashOrRestart(_members[_random.Next(_members.Count)]);
    }

    private void CrashOrRestart(TestMember member)
    {
        if (_options.Wipes && member.IsUp && _random.Chance(0.7))
            TryWipe(member);
        if (!_options.Crashes)
            return;
        if (member.IsUp)
        {
            member.Crash();
            _claims.Crashed(member);
        }
        else
        {
            Restart(member);
            Settle(member);
        }
    }

    private void Restart(TestMember member)
    {
        member.Restart();
        _leadership.Started(member.Id);
    }

    private void CutOrMend()
    {
        if (!_options.Partitions)
            return;
        if (_random.Chance(0.3))
        {
            _cut.Clear();
            return;
        }
        long victim = 1 + _random.Next(_members.Count);
        bool outward = _random.Chance(0.7);
        bool inward = _random.Chance(0.7);
        foreach (TestMember other in _members)
        {
            if (outward)
                _cut.Add((victim, other.Id.Value));
            if (inward)
                _cut.Add((other.Id.Value, victim));
        }
    }

    /// <summary>All faults end: a leader must come and a new command must reach every member within a bounded time.</summary>
    private void Heal()
    {
        _healed = true;
        foreach (TestMember member in _members.Where(member => !member.IsUp))
            Restart(member);
        DeliverLate();
        const int TicksMax = 300;
        LogPosition goal = default;
        for (int tick = 0; tick < TicksMax; tick++)
        {
            _leadership.Step++;
            _leadership.Ticks++;
            foreach (TestMember member in _members)
                OnUp(member, up => up.Core.Tick());
            Quiesce();
            TestMember? leader = _members.Where(member => member.Core.Role == Role.Leader).MaxBy(member => member.Core.Term);
            if (leader is null)
                continue;
            if (goal == default || !leader.Core.Protocol.Log.Contains(goal))
            {
                ProposeResult result = leader.Core.Propose(++_lastRequest, BitConverter.GetBytes(_lastRequest));
                goal = result.Status == ProposeStatus.Appended ? result.Position : default;
                OnUp(leader, _ => { });
                Quiesce();
            }
            if (goal != default && HasReached(leader.Core.Status.Configuration, goal))
                return;
        }
        IEnumerable<string> states = _members.Select(member => member.Core.Status)
            .Select(status => $"{TracePrinter.Status(status)} {status.Configuration}");
        throw new ClaimViolatedException($"progress after healing within {TicksMax} ticks\n{string.Join('\n', states)}");
    }

    private bool HasReached(Configuration configuration, LogPosition goal) =>
        Array.TrueForAll(configuration.Members(), id => _members[(int)id.Value - 1].Core.Status.Applied >= goal.Index);

    private void Quiesce()
    {
        bool moved = true;
        while (moved)
        {
            moved = _network.Count > 0;
            DeliverOne();
            foreach (TestMember member in _members)
            {
                if (member.HasSnapshotOrder)
                {
                    moved = true;
                    SnapshotCount++;
                    OnUp(member, up => up.FetchSnapshot(Find));
                }
                while (member.PendingWrites + member.PendingApplies + member.PendingLogReads > 0)
                {
                    moved = true;
                    OnUp(member, up =>
                    {
                        up.PersistOne();
                        _ = up.ApplyOne() | up.ReadLogOne();
                    });
                }
            }
        }
    }
}
