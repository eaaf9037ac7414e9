using System.Globalization;
using System.Net;
using RaftKv.Node;
using RaftKv.Raft;
using RaftKv.Raft.Membership;
using RaftKv.Storage;
using RaftKv.Testing.Network;

namespace RaftKv.Testing.World;

/// <summary>
/// Whole members on one thread in virtual time: production driver, log and machines, with disks and a network that fail as told.
/// Equal seeds and equal calls give equal runs, down to <see cref="Trace"/>; what must always hold is checked after every step.
/// </summary>
public sealed class SimulatedCluster
{
    private readonly List<SimulatedNode> _nodes = [];
    private SortedList<NodeId, LogFormatRange> _spoken = [];

    /// <summary>Makes a cluster and starts its members.</summary>
    public SimulatedCluster(SimulatedClusterOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Options = options;
        Random = new SplittableRandom(options.Seed);
        Network = new SimulatedNetwork(Events, Random.Fork("network"), Trace, Node);
        NodeId[] founders = [.. Enumerable.Range(1, options.Members).Select(i => new NodeId(i))];
        MemberAddress[] addresses = [.. founders.Select(id => new MemberAddress(id, MemberEndPoint.Format(AddressOf(id))))];
        Configuration founding = new(founders, addresses: addresses, format: options.Formats.Min);
        foreach (NodeId founder in founders)
            _nodes.Add(new SimulatedNode(this, founder, founding, ForkFor(founder)));
        foreach (SimulatedNode node in _nodes)
            node.Start();
    }

    /// <summary>How the cluster was set up.</summary>
    public SimulatedClusterOptions Options { get; }

    /// <summary>A generator for the test's own choices.</summary>
    public SplittableRandom Random { get; }

    /// <summary>The network between the members.</summary>
    public SimulatedNetwork Network { get; }

    /// <summary>The members, ascending by number.</summary>
    public IReadOnlyList<SimulatedNode> Nodes => _nodes;

    /// <summary>Everything that happened, as one number.</summary>
    public TraceHash Trace { get; } = new();

    /// <summary>Takes a line for every change of a member's state, when set.</summary>
    public Action<string>? TraceLine { get; set; }

    /// <summary>Virtual time since the start, in microseconds.</summary>
    public long NowMicros => Events.NowMicros;

    /// <summary>Commands that were applied by any member, in the order of the log, each once.</summary>
    public IReadOnlyList<byte[]> History => Checks.History;

    /// <summary>The member that leads in the latest term, or null.</summary>
    public SimulatedNode? Leader => _nodes.Where(node => node.Core?.Role == Role.Leader).MaxBy(node => node.Core!.Term);

    /// <summary>Called after a member's machine has applied a batch.</summary>
    internal Action<SimulatedNode>? Applied { get; set; }

    /// <summary>Called when the machine of a member could not take the state of another.</summary>
    internal Action<SimulatedNode, NodeId, StorageException>? StateRefused { get; set; }

    /// <summary>Called when a member could not open its machine's files, which it has set aside.</summary>
    internal Action<SimulatedNode, StorageCorruptException>? StateSetAside { get; set; }

    /// <summary>Called when it was seen what a member's state is worth.</summary>
    internal Action<SimulatedNode, StateVerdict>? StateJudged { get; set; }

    /// <summary>Called when a member has met something it cannot go on after.</summary>
    internal Action<SimulatedNode, RaftKvException>? Faulted { get; set; }

    internal EventQueue Events { get; } = new();

    internal ClusterChecks Checks { get; } = new();

    /// <summary>An address to add a member with; the simulated network goes by numbers.</summary>
    public static EndPoint AddressOf(NodeId id) => new DnsEndPoint("node" + id, 7000);

    /// <summary>Starts one more node, with an empty disk, that waits to be added.</summary>
    /// <param name="formats">The log formats that it speaks; default <see cref="SimulatedClusterOptions.Formats"/>.</param>
    /// <returns>The node; its number is one more than that of the last.</returns>
    public SimulatedNode AddNode(LogFormatRange? formats = null)
    {
        NodeId id = new(_nodes.Count + 1);
        SimulatedNode node = new(this, id, Configuration.Empty, ForkFor(id)) { Formats = formats ?? Options.Formats };
        _nodes.Add(node);
        node.Start();
        return node;
    }

    /// <summary>A member by its number.</summary>
    public SimulatedNode Node(NodeId id) => _nodes[(int)id.Value - 1];

    /// <summary>Lets the next thing happen and checks what must hold.</summary>
    /// <exception cref="SimulationException">Something that must always hold does not; the message names the seed.</exception>
    public void Step()
    {
        try
        {
            if (!Events.RunNext())
                throw new SimulationException("Nothing is left to happen.");
            Checks.AfterStep(_nodes);
        }
        catch (Exception e)
        {
            throw new SimulationException($"Seed {Options.Seed}, {NowMicros} us: {e.Message}", e);
        }
    }

    /// <summary>Lets virtual time pass.</summary>
    /// <param name="micros">Microseconds.</param>
    public void Run(long micros)
    {
        bool over = false;
        Events.After(micros, () => over = true);
        while (!over)
            Step();
    }

    /// <summary>Lets things happen until a condition holds.</summary>
    /// <param name="condition">Asked after every step.</param>
    /// <param name="microsMax">Virtual time after which the run has made no progress; default one minute.</param>
    /// <exception cref="SimulationException">The condition did not come to hold, or something that must always hold does not.</exception>
    public void RunUntil(Func<bool> condition, long microsMax = 60_000_000)
    {
        ArgumentNullException.ThrowIfNull(condition);
        long end = NowMicros + microsMax;
        while (!condition())
        {
            if (NowMicros > end)
                throw new SimulationException($"Seed {Options.Seed}: no progress within {microsMax} us of virtual time.");
            Step();
        }
    }

    /// <summary>Mends the network and starts members that are down.</summary>
    public void Heal()
    {
        Network.Heal();
        Network.Faults = NetworkFaults.None;
        foreach (SimulatedNode node in _nodes)
            node.Start();
    }

    private SplittableRandom ForkFor(NodeId id) => Random.Fork($"node {id}");

    // The same object until somebody starts or goes down, or speaks something else.
    internal IReadOnlyDictionary<NodeId, LogFormatRange> SpokenFormats()
    {
        bool isNews = false;
        foreach (SimulatedNode node in _nodes)
            isNews |= (_spoken.TryGetValue(node.Id, out LogFormatRange known) ? known : null) != node.Spoken;
        if (isNews)
            _spoken = new(_nodes.Where(node => node.IsUp).ToDictionary(node => node.Id, node => node.Spoken!.Value));
        return _spoken;
    }

    internal void Note(NodeId member, string what, long number = 0)
    {
        TraceLine?.Invoke(string.Create(CultureInfo.InvariantCulture, $"{NowMicros,10} n{member} {what} {number}"));
        Trace.Add(NowMicros, member.Value, number);
        Trace.Add(what);
    }
}
