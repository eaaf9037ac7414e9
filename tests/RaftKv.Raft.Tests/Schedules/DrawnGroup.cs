using RaftKv.Raft.Tests.Harness;
using RaftKv.Raft.Tests.Traces;

namespace RaftKv.Raft.Tests.Schedules;

/// <summary>
/// A group to which nothing happens but drawn commands of the trace language. They are kept as they ran: they alone play the same
/// schedule again, without any randomness.
/// </summary>
internal sealed class DrawnGroup
{
    private const int SpareMembers = 2;

    private readonly List<string> _commands = [];

    public DrawnGroup(ulong seed)
    {
        Random = new SplittableRandom(seed);
        Options = ScheduleOptions.Draw(Random.Fork("options"));
        Run(Options.ToCommand(seed));
        for (int spare = 1; Options.Changes && spare <= SpareMembers; spare++)
            Run($"add {Options.Members + spare}");
    }

    public SplittableRandom Random { get; }

    public ScheduleOptions Options { get; }

    public RaftTraceWorld World { get; } = new(new TraceOutput(isOff: true));

    public IReadOnlyList<string> Commands => _commands;

    /// <summary>A member whose disk stands still, or null.</summary>
    public TestMember? Stalled { get; set; }

    public void Run(string command)
    {
        _commands.Add(command);
        TraceRunner.Run(World, command);
    }

    public TestMember AnyMember() => World.Members[Random.Next(World.Members.Count)];

    public NodeId AnyNode() => AnyMember().Id;

    /// <summary>So many ticks pass at every member.</summary>
    public void PassTime(int ticks) => Run(ticks == 1 ? "tick" : $"tick count={ticks}");

    /// <summary>Clocks run ahead, until somebody campaigns. Leases forbid that.</summary>
    public void TimeOut(IEnumerable<TestMember> members)
    {
        const int ElectionTicks = 10;
        foreach (TestMember member in members)
        {
            if (member.IsUp && !Options.LeaseReads)
                Run($"tick {member.Id} count={ElectionTicks + Random.Next(ElectionTicks)}");
        }
    }

    /// <summary>One to three commands that nobody proposed before.</summary>
    public void Propose(TestMember member)
    {
        if (!member.IsUp)
            return;
        int first = _commands.Count;
        string[] words = new string[1 + Random.Next(3)];
        for (int i = 0; i < words.Length; i++)
            words[i] = $"c{first}{(char)('a' + i)}";
        Run($"propose {member.Id} {string.Join(' ', words)}");
    }

    public void Read(TestMember member)
    {
        if (member.IsUp)
            Run($"read {member.Id}");
    }
}
