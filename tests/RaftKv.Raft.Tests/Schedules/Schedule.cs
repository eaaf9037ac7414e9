using RaftKv.Raft.Tests.Harness;

namespace RaftKv.Raft.Tests.Schedules;

/// <summary>A trace that is drawn instead of written: the network, the disks and the clocks of a group do whatever the seed says.</summary>
internal sealed class Schedule
{
    private readonly DrawnGroup _group;
    private readonly Traffic _traffic;
    private readonly Faults _faults;
    private readonly Governing _governing;
    private readonly Lull _lull;
    private readonly ITemper? _temper;

    public Schedule(ulong seed)
    {
        _group = new DrawnGroup(seed);
        _traffic = new Traffic(_group);
        _faults = new Faults(_group);
        _governing = new Governing(_group);
        _lull = new Lull(_group);
        _temper = _group.Options.Temper switch
        {
            Temper.Deposing => new DeposingTemper(_group, _faults),
            Temper.Splitting => new SplittingTemper(_group, _faults, _governing),
            Temper.Lagging => new LaggingTemper(_group, _faults, _governing),
            _ => null,
        };
    }

    /// <summary>The commands so far: replayed, they do the same again.</summary>
    public IReadOnlyList<string> Commands => _group.Commands;

    public Claims Claims => _group.World.Claims;

    public int WipeCount => _faults.WipeCount;

    public int SnapshotCount => _group.World.SnapshotCount;

    public void Run()
    {
        for (int step = 0; step < _group.Options.Steps; step++)
            Step();
        _group.Run("heal");
    }

    private void Step()
    {
        _traffic.DeliverLate();
        if (_temper is not null && _group.Random.Chance(0.08))
        {
            _temper.Bend();
            return;
        }
        if (_group.Options.Quiesces && _group.Random.Chance(0.01))
        {
            _lull.Run();
            return;
        }
        TestMember member = _group.AnyMember();
        int dice = _group.Random.Next(100);
        if (dice < 45)
            _traffic.DeliverOne();
        else if (dice < 62)
            Tick(member);
        else if (dice < 72)
            _group.Propose(member);
        else if (dice < 76)
            _group.Read(member);
        else if (dice < 88)
            Persist(member);
        else if (dice < 93)
            Work(member);
        else if (dice < 96)
            Snapshot(member);
        else if (dice < 97)
            _governing.Govern(member);
        else if (dice < 99)
            _faults.CrashOrRestart(member);
        else
            _faults.CutOrMend();
    }

    private void Tick(TestMember member)
    {
        if (!_group.Options.LeaseReads)
            _group.Run($"tick {member.Id}");
        else if (_group.Random.Next(1 + _group.World.Members.Count / 2) == 0)
            _group.Run("tick");
    }

    private void Persist(TestMember member)
    {
        if (member.PendingWrites > 0 && member != _group.Stalled)
            _group.Run($"persist {member.Id}");
    }

    private void Work(TestMember member)
    {
        if (member.PendingApplies > 0)
            _group.Run($"apply {member.Id}");
        if (member.PendingLogReads > 0)
            _group.Run($"logread {member.Id} count={1 + _group.Random.Next(4)}");
    }

    private void Snapshot(TestMember member)
    {
        // Where messages lag or leaders change, state may be old news when it comes.
        bool isSlow = _group.Options.Temper is Temper.Lagging or Temper.Deposing;
        if (member.HasSnapshotOrder && (!isSlow || _group.Random.Chance(0.3)))
            _group.Run($"fetch {member.Id}");
        else if (_group.Options.Compactions && _group.Random.Chance(0.8))
            _group.Run($"compact {member.Id}");
    }
}
