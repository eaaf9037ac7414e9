using RaftKv.Raft;
using RaftKv.Storage.Disk;
using RaftKv.Storage.Mvcc;
using RaftKv.Testing.World;

namespace RaftKv.Tests.Simulation;

/// <summary>A simulated cluster whose members are whole: driver, log and store. Stores of members that crashed are put away.</summary>
internal sealed class StoreWorld : IDisposable
{
    private static readonly MvccOptions Small = new() { PageSizeBytes = 1024, CacheBytes = 1 << 20, CheckpointBytes = 6144 };

    private readonly Dictionary<NodeId, KeyValueStateMachine> _machines = [];

    public StoreWorld(ulong seed, int members)
    {
        // So little is kept in memory that it is used again, overwritten, within each run.
        Cluster = new SimulatedCluster(new SimulatedClusterOptions
        {
            Seed = seed, Members = members, OpenMachine = Open, EntryWindowBytes = 4096,
        });
    }

    public SimulatedCluster Cluster { get; }

    public IReadOnlyList<SimulatedNode> Nodes => Cluster.Nodes;

    /// <summary>The store of a member that is up.</summary>
    public MvccStore Store(SimulatedNode node) => _machines[node.Id].Store;

    public void Dispose()
    {
        foreach (KeyValueStateMachine machine in _machines.Values)
            machine.Dispose();
    }

    private KeyValueStateMachine Open(NodeId member, IStorageDirectory directory)
    {
        if (_machines.Remove(member, out KeyValueStateMachine? crashed))
            crashed.Dispose();
        return _machines[member] = new KeyValueStateMachine(directory, Small);
    }
}
