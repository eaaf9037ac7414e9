namespace RaftKv.Raft.Tests.Schedules;

/// <summary>What may happen in one random schedule. Drawn from the seed, features off at random, so that runs differ in kind.</summary>
internal sealed class ScheduleOptions
{
    public required Temper Temper { get; init; }

    public required int Members { get; init; }

    public required int Steps { get; init; }

    public required double Loss { get; init; }

    public required double Repeat { get; init; }

    public required bool Reorder { get; init; }

    public required bool Crashes { get; init; }

    public required bool Partitions { get; init; }

    public required bool Changes { get; init; }

    public required bool Compactions { get; init; }

    /// <summary>Leases hold while clocks agree: with them, all members tick together.</summary>
    public required bool LeaseReads { get; init; }

    public required bool Wipes { get; init; }

    public required bool Witness { get; init; }

    public required bool Transfers { get; init; }

    public required bool SlowDisks { get; init; }

    public required bool PreVote { get; init; }

    public required bool CheckQuorum { get; init; }

    public required long EntryWindowBytes { get; init; }

    public required int InflightMessagesMax { get; init; }

    public required int MessageBytesMax { get; init; }

    /// <summary>Whether damaged copies of messages arrive too.</summary>
    public required bool Damage { get; init; }

    /// <summary>Whether idle groups come to rest.</summary>
    public required bool Quiesces { get; init; }

    /// <summary>Whether Readys are handed back, to be used again.</summary>
    public required bool HandsBack { get; init; }

    /// <summary>Whether members compare the whole log with itself all the time.</summary>
    public required bool Audits { get; init; }

    /// <summary>Whether members that start again speak newer formats than before.</summary>
    public required bool Upgrades { get; init; }

    /// <summary>The command that founds such a group.</summary>
    public string ToCommand(ulong seed)
    {
        List<string> words = [$"nodes {Members} seed={seed} machines=slow uncommitted=4000 page=300"];
        words.AddRange([$"window={EntryWindowBytes}", $"message={MessageBytesMax}", $"inflight={InflightMessagesMax}"]);
        if (SlowDisks)
            words.Add("disks=slow");
        if (Quiesces)
            words.Add("quiesce=2");
        if (!HandsBack)
            words.Add("handback=off");
        if (!Audits)
            words.Add("audit=off");
        if (Upgrades)
            words.Add("upgrades=on");
        if (!PreVote)
            words.Add("prevote=off");
        if (!CheckQuorum)
            words.Add("checkquorum=off");
        if (LeaseReads)
            words.Add("leases=on drift=0");
        if (Wipes)
            words.Add("incarnations=on");
        if (Witness && Members > 1)
            words.Add("witness=2");
        return string.Join(' ', words);
    }

    public static ScheduleOptions Draw(SplittableRandom random)
    {
        Temper temper = (Temper)random.Fork("temper").Next(4);
        // A change made before the group has noticed a lost disk may need that very member, and beside a witness a data disk may be the
        // only one to hold an entry: these exclude each other.
        bool wipes = random.Chance(0.4) && temper != Temper.Splitting;
        return new ScheduleOptions
        {
            Temper = temper,
            Quiesces = random.Fork("quiesce").Chance(0.3),
            Audits = random.Fork("audit").Chance(0.25),
            HandsBack = random.Fork("hand back").Chance(0.75),
            Upgrades = random.Fork("upgrades").Chance(0.1),
            Damage = random.Chance(0.3),
            Members = random.Chance(0.1) ? 1 : 3 + 2 * random.Next(3),
            Steps = 300 + random.Next(900),
            Loss = random.Chance(0.5) ? random.NextDouble() * 0.3 : 0,
            Repeat = random.Chance(0.5) ? random.NextDouble() * 0.3 : 0,
            Reorder = random.Chance(0.5),
            Crashes = random.Chance(0.7),
            Partitions = random.Chance(0.6),
            Changes = (random.Chance(0.8) || temper == Temper.Splitting) && !wipes,
            Compactions = random.Chance(0.5),
            LeaseReads = random.Chance(temper == Temper.Lagging ? 0.6 : 0.3),
            Wipes = wipes,
            Witness = random.Chance(0.2) && !wipes,
            Transfers = random.Chance(temper == Temper.Lagging ? 0.8 : 0.4),
            SlowDisks = random.Chance(temper == Temper.Deposing ? 0.8 : 0.6),
            PreVote = random.Chance(temper == Temper.Lagging ? 0.5 : 0.8),
            CheckQuorum = random.Chance(temper == Temper.Splitting ? 0.6 : 0.8),
            EntryWindowBytes = random.Chance(0.5) ? 0 : 1 << 20,
            InflightMessagesMax = random.Chance(0.3) ? 1 : 16,
            MessageBytesMax = random.Chance(0.3) ? 1 : 400,
        };
    }
}
