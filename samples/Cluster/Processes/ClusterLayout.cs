using System.Net;

namespace RaftKv.Samples.Cluster.Processes;

/// <summary>Who is in the cluster, where each member listens and where it keeps its data.</summary>
internal sealed class ClusterLayout
{
    // A machine that is busy, or elections that follow each other, end no request: only a bug keeps one waiting for as long.
    private const int RequestSeconds = 60;

    private readonly SortedDictionary<int, IPEndPoint> _addresses = [];

    public ClusterLayout(string name, string root, int nodes, int tickMilliseconds)
    {
        Name = name;
        Root = root;
        TickMilliseconds = tickMilliseconds;
        foreach (IPEndPoint address in FreePorts.Pick(nodes))
            _addresses.Add(_addresses.Count + 1, address);
    }

    public string Name { get; }

    public string Root { get; }

    public int TickMilliseconds { get; }

    /// <summary>KiB of commands between checkpoints of a member's store; the product's default unless changed.</summary>
    public int CheckpointKib { get; init; } = 65_536;

    /// <summary>The program that runs a member; null for the one that runs now.</summary>
    public string? Program { get; init; }

    public IEnumerable<int> Ids => _addresses.Keys;

    public string DataDirectory(int id) => Path.Combine(Root, $"node-{id}");

    public IPEndPoint Address(int id) => _addresses[id];

    /// <summary>The command line of one member.</summary>
    public IReadOnlyList<string> Arguments(int id) =>
    [
        NodeCommand.Name, "--id", $"{id}", "--cluster", Name, "--data", DataDirectory(id), "--raft", $"{Address(id)}",
        "--tick", $"{TickMilliseconds}", "--request-seconds", $"{RequestSeconds}", "--checkpoint-kib", $"{CheckpointKib}", "--exit-with-parent",
        .. _addresses.SelectMany(pair => new[] { "--member", $"{pair.Key}={pair.Value}" }),
    ];
}
