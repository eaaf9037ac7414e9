using RaftKv.Node.Driver;
using RaftKv.Testing.World;

namespace RaftKv.Node.Tests.Support;

/// <summary>Three simulated members that are written to while the log of one of them is damaged; ends with every write in its place.</summary>
internal sealed class DamagedCluster : IDisposable
{
    /// <summary>How many writes there are before anything is damaged: enough to fill several segments.</summary>
    public const int Writes = 150;

    private readonly List<byte[]> _acknowledged = [];
    private readonly List<(byte[] Payload, SimulatedProposal Proposal, SimulatedNode At, NodeDriver? Run)> _underWay = [];
    private int _next;

    public DamagedCluster(ulong seed, bool checkpoints = false)
    {
        Cluster = new SimulatedCluster(new SimulatedClusterOptions
        {
            Seed = seed,
            OpenMachine = (_, store) => checkpoints ? new TravellingList(store, 25) : new ListMachine(),
            ReleaseEntriesMin = 8,
        });
        Cluster.RunUntil(() => Cluster.Leader is { } now && now.Driver!.Status is var status
            && status.Configuration.Incarnations.Length == 3 && status.Commit >= status.ConfigurationIndex);
        Member = Cluster.Nodes[(int)(seed % 3)];
    }

    /// <summary>Members that have written for a while, of which the one that the seed chose has then gone down in good order.</summary>
    public static DamagedCluster WithOneDown(ulong seed, bool checkpoints = false)
    {
        DamagedCluster world = new(seed, checkpoints);
        world.Write(Writes);
        world.Identity = world.RecordedIdentity;
        world.GoDown(world.Member);
        return world;
    }

    public SimulatedCluster Cluster { get; }

    /// <summary>Whom the seed chose.</summary>
    public SimulatedNode Member { get; }

    /// <summary>The disk identity of that member that was on record before it went down.</summary>
    public long Identity { get; private set; }

    /// <summary>The disk identity of that member that is on record.</summary>
    public long RecordedIdentity => Cluster.Leader!.Driver!.Status.Configuration.IncarnationOf(Member.Id);

    /// <summary>Writes, waiting for each; the payloads fill several segments.</summary>
    public void Write(int count)
    {
        for (int i = 0; i < count; i++)
        {
            Cluster.RunUntil(() => Cluster.Leader is { IsWorking: true });
            (byte[] payload, SimulatedProposal write) = Propose();
            Cluster.RunUntil(() => write.IsOver);
            if (write.Result is not null)
                _acknowledged.Add(payload);
        }
    }

    /// <summary>Stops a member in good order, so that its log ends with a mark.</summary>
    public void GoDown(SimulatedNode node)
    {
        node.Stop();
        Cluster.RunUntil(() => !node.IsWorking);
        node.Exit();
        node.Crash();
    }

    public static bool Damage(SimulatedNode node, string kind, bool inHeader) =>
        LogBytes.Damage(node.Disk, record => record.Type == kind && record.Group is 0, inHeader);

    /// <summary>Takes the latest term and vote that the log holds.</summary>
    public static void DamageLastState(SimulatedNode node) =>
        Assert.True(LogBytes.Damage(node.Disk, record => record.Type is "State" or "GroupStart" && record.Group is 0, inHeader: false));

    public static void DamageEntries(SimulatedNode node, long first, long last)
    {
        for (long index = first; index <= last; index++)
            Assert.True(LogBytes.Damage(node.Disk, record => record.Type == "Entry" && record.Index == index, inHeader: index % 2 == 0));
    }

    /// <summary>Leaves repair records in a member's log.</summary>
    public void MendOnceFirst(SimulatedNode node)
    {
        DamageEntries(node, 30, 32);
        node.Start();
        WriteUntilWhole(node);
        GoDown(node);
    }

    /// <summary>Keeps writing until a member has applied everything and takes writes itself.</summary>
    public void WriteUntilWhole(SimulatedNode node)
    {
        long next = Cluster.NowMicros;
        Cluster.RunUntil(() =>
        {
            if (Cluster.NowMicros >= next && Cluster.Leader is { IsWorking: true })
            {
                next = Cluster.NowMicros + 100_000;
                Propose();
            }
            Settle();
            if (node is { IsUp: true, IsWorking: false })
                Restart(node);
            return node is { IsWorking: true, Driver.IsRepairing: false } && Count(node) >= Cluster.Nodes.Max(Count)
                && node.Driver.Status.Configuration.IsVoter(node.Id) && Cluster.Leader is not null;
        }, 100_000_000);
        Cluster.RunUntil(() =>
        {
            Settle();
            return _underWay.Count == 0;
        });
        Cluster.RunUntil(() => Count(node) == Cluster.Nodes.Max(Count));
    }

    /// <summary>Every acknowledged write is in the history, once.</summary>
    public void Dispose()
    {
        HashSet<long> history = [.. Cluster.History.Select(Number)];
        Assert.Equal(Cluster.History.Count, history.Count);
        Assert.All(_acknowledged, write => Assert.Contains(Number(write), history));
    }

    // What a supervisor does. A log whose very end is damaged looks as after a crash, and the member learns from the leader what it lacks.
    private static void Restart(SimulatedNode node)
    {
        Assert.Contains("holds less than the member acknowledged", node.Driver!.StopReason!.Message, StringComparison.Ordinal);
        node.Kill();
        node.Start();
    }

    private static int Count(SimulatedNode node) => node.Machine is ListMachine machine ? machine.Count : 0;

    private static long Number(byte[] write) => BitConverter.ToInt64(write);

    private (byte[] Payload, SimulatedProposal Proposal) Propose()
    {
        byte[] payload = new byte[600];
        BitConverter.TryWriteBytes(payload, (long)_next++);
        payload.AsSpan(8).Fill((byte)_next);
        SimulatedProposal write = Cluster.Leader!.Propose(payload);
        _underWay.Add((payload, write, Cluster.Leader, Cluster.Leader.Driver));
        return (payload, write);
    }

    private void Settle()
    {
        foreach ((byte[] payload, SimulatedProposal write, _, _) in _underWay)
        {
            if (write is { IsOver: true, Result: not null })
                _acknowledged.Add(payload);
        }
        // Nobody answers for a run that is gone.
        _underWay.RemoveAll(write => write.Proposal.IsOver || write.At.Driver != write.Run);
    }
}
