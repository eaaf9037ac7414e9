using RaftKv.Node.Driver;
using RaftKv.Raft;
using RaftKv.Testing.World;

namespace RaftKv.Node.Tests.Support;

/// <summary>Simulated members that compare their states while they are written to; ends with every write in its place on all of them.</summary>
internal sealed class AttestedCluster : IDisposable
{
    public static readonly LogFormatRange Formats = new(LogFormat.First, new LogFormat(2, 1));

    private readonly HashSet<long> _acknowledged = [];
    private readonly Dictionary<(string Member, string What), int> _told = [];
    private readonly List<SimulatedNode> _exceptions = [];
    private readonly List<(long Number, SimulatedProposal Proposal, SimulatedNode At, NodeDriver? Run)> _underWay = [];
    private long _next = 1;

    public AttestedCluster(
        ulong seed,
        int members = 3,
        int attestationTicks = 3,
        long logBytesKeptMax = 1L << 28,
        LogFormatRange? formats = null,
        bool givesState = true)
    {
        Cluster = new SimulatedCluster(new SimulatedClusterOptions
        {
            Seed = seed,
            Members = members,
            OpenMachine = (_, store) => givesState ? new AttestedList(store) : new AttestedMemory(),
            Formats = formats ?? Formats,
            AttestationTicks = attestationTicks,
            ReleaseEntriesMin = 8,
            LogBytesKeptMax = logBytesKeptMax,
        });
        Cluster.TraceLine = Note;
        Cluster.RunUntil(() => Cluster.Leader is { } now && now.Driver!.Status is var status
            && status.Configuration.Incarnations.Length == members && status.Commit >= status.ConfigurationIndex);
    }

    public SimulatedCluster Cluster { get; }

    public static AttestedList Machine(SimulatedNode node) => (AttestedList)node.Machine!;

    /// <summary>How often a member has noted something of itself, by the first two words.</summary>
    public int Told(SimulatedNode node, string what) => _told.GetValueOrDefault(($"n{node.Id}", what));

    public SimulatedNode Follower(int which = 0) => Cluster.Nodes.Where(node => node.IsUp && node != Cluster.Leader).ElementAt(which);

    /// <summary>Writes, waiting for each.</summary>
    public void Write(int count)
    {
        for (int i = 0; i < count; i++)
        {
            Propose();
            Cluster.RunUntil(() =>
            {
                Settle();
                return _underWay.Count == 0;
            });
        }
    }

    /// <summary>Writes on, ten times in a second, until something holds, which is looked at after every step.</summary>
    public void WriteUntil(Func<bool> condition)
    {
        long next = Cluster.NowMicros;
        Cluster.RunUntil(() =>
        {
            if (Cluster.NowMicros >= next && IsLed)
            {
                next = Cluster.NowMicros + 100_000;
                Propose();
            }
            Settle();
            return condition();
        });
    }

    public bool IsWhole(SimulatedNode node) => node is { IsWorking: true, Driver: { IsRebuilding: false, IsRepairing: false } }
        && ((ListMachine)node.Machine!).Count == Cluster.History.Count;

    /// <summary>A member that is to end with another list than the others.</summary>
    public void Except(SimulatedNode node) => _exceptions.Add(node);

    /// <summary>Every acknowledged write is on every member, once and unchanged, in the order of the log.</summary>
    public void Dispose()
    {
        List<SimulatedNode> members = [.. Cluster.Nodes.Except(_exceptions)];
        Cluster.RunUntil(() => members.TrueForAll(IsWhole));
        byte[][] history = [.. Cluster.History];
        Assert.True(_acknowledged.IsSubsetOf(history.Select(write => BitConverter.ToInt64(write))));
        Assert.All(members, node => Assert.Equal(history, ((ListMachine)node.Machine!).Commands));
    }

    private void Note(string line)
    {
        string[] words = line.Split(' ', 5, StringSplitOptions.RemoveEmptyEntries);
        (string Member, string What) note = (words[1], $"{words[2]} {words[3]}");
        _told[note] = _told.GetValueOrDefault(note) + 1;
    }

    private bool IsLed => Cluster.Leader is { IsWorking: true, Driver.IsRebuilding: false };

    private void Propose()
    {
        Cluster.RunUntil(() => IsLed);
        SimulatedProposal write = Cluster.Leader!.Propose(BitConverter.GetBytes(_next));
        _underWay.Add((_next++, write, Cluster.Leader, Cluster.Leader.Driver));
    }

    // Nobody answers for a run that is gone.
    private void Settle()
    {
        foreach ((long number, SimulatedProposal write, _, _) in _underWay)
        {
            if (write is { IsOver: true, Result: not null })
                _acknowledged.Add(number);
        }
        _underWay.RemoveAll(static write => write.Proposal.IsOver || write.At.Driver != write.Run);
    }
}
