using RaftKv.Raft;
using RaftKv.Storage;
using RaftKv.Storage.Mvcc;
using RaftKv.Testing.Disk;
using RaftKv.Testing.Network;
using RaftKv.Testing.World;
using RaftKv.Tests.Support;

namespace RaftKv.Tests.Simulation;

/// <summary>
/// Three whole members (driver, log, store) on one thread, on a network that loses, repeats, delays and cuts, and on disks that
/// crash and lose what was not flushed. No acknowledged write is lost, no write happens twice, members hold the same history,
/// watches see every revision once and in order; and once everything works again, so does the cluster.
/// </summary>
public sealed class WholeMembersTests
{
    [Fact]
    public void Acknowledged_writes_survive_crashes_and_members_agree() => Rounds.Run(25, random => Execute(random.NextUInt64()));

    [Fact]
    public void Without_faults_every_write_is_acknowledged() => Rounds.Run(3, random =>
    {
        using Run run = new(random.NextUInt64(), calm: true);
        run.Execute();
        Assert.Empty(run.Clients.SelectMany(client => client.NotApplied.Concat(client.Unknown)));
    });

    [Fact]
    public void The_same_seed_gives_the_same_run()
    {
        ulong first = Execute(42);
        ulong second = Execute(42);

        Assert.Equal(first, second);
    }

    private static ulong Execute(ulong seed)
    {
        using Run run = new(seed, calm: false);
        return run.Execute();
    }

    private sealed class Run(ulong seed, bool calm) : IDisposable
    {
        private const int Rounds = 250;

        private readonly SplittableRandom _random = new(seed ^ 0x5DEECE66D);
        private readonly StoreHistory _history = new();
        private readonly StoreWorld _world = new(seed, members: 3);

        public List<SimulatedClient> Clients { get; } = [];

        public void Dispose() => _world.Dispose();

        public ulong Execute()
        {
            for (int i = 0; i < 4; i++)
                Clients.Add(new SimulatedClient(_world, _random.Fork($"client {i}"), $"c{i}"));
            List<SimulatedWatch> watches = [.. _world.Nodes.Select(node => new SimulatedWatch(_world, _history, node))];
            _world.Cluster.RunUntil(() => _world.Cluster.Leader is not null);
            for (int round = 0; round < Rounds; round++)
            {
                if (!calm)
                    Disturb();
                Read();
                Clients.ForEach(client => client.Pump());
                if (_random.Chance(0.02))
                    Clients[0].Compact(_world.Nodes[_random.Next(_world.Nodes.Count)]);
                _world.Cluster.Run(1 + _random.Next(60_000));
                watches.ForEach(watch => watch.Pump());
            }
            Recover(watches);
            Judge();
            return _world.Cluster.Trace.Value;
        }

        private void Disturb()
        {
            SimulatedNode node = _world.Nodes[_random.Next(_world.Nodes.Count)];
            double draw = _random.NextDouble();
            if (draw < 0.03 && node.IsUp)
                node.Crash();
            else if (draw < 0.05)
                LosePowerAtSomeOperation(node);
            else if (draw < 0.15)
                Start(node);
            else if (draw < 0.18)
                _world.Cluster.Network.Isolate(node.Id, _world.Nodes.Select(other => other.Id));
            else if (draw < 0.20)
                _world.Cluster.Network.Cut(node.Id, _world.Nodes[_random.Next(_world.Nodes.Count)].Id);
            else if (draw < 0.27)
                _world.Cluster.Network.Heal();
            else if (draw < 0.30)
                _world.Cluster.Network.Faults = Weather();
        }

        // The machine stops in the middle of one of its next writes or flushes, whichever file that goes to.
        private void LosePowerAtSomeOperation(SimulatedNode node)
        {
            long fatal = node.Disk.Operations + 1 + _random.Next(40);
            node.Disk.Faults = operation => operation.Number == fatal ? DiskFault.Crash : DiskFault.None;
        }

        private static void Start(SimulatedNode node)
        {
            try
            {
                node.Start();
            }
            catch (StorageException) when (node.Disk.IsOff)
            {
                node.Crash();       // the power went while the member was opening its files
            }
        }

        private NetworkFaults Weather() => _random.Chance(0.4) ? NetworkFaults.None : new NetworkFaults
        {
            LossChance = _random.NextDouble() * 0.2,
            RepeatChance = _random.NextDouble() * 0.2,
            LateChance = _random.NextDouble() * 0.1,
            DelayMicrosMax = 500 + _random.Next(50_000),
        };

        // A linearizable read sees at least everything that was acknowledged before it was asked for.
        private void Read()
        {
            SimulatedNode node = _world.Nodes[_random.Next(_world.Nodes.Count)];
            if (!node.IsUp)
                return;
            long floor = Clients.Max(client => client.Floor);
            node.Read(() => Assert.True(_world.Store(node).Revision >= floor, $"A read at {node.Id} is older than revision {floor}."));
        }

        private void Recover(List<SimulatedWatch> watches)
        {
            foreach (SimulatedNode node in _world.Nodes)
                node.Disk.Faults = null;
            _world.Cluster.Heal();
            int[] before = [.. Clients.Select(client => client.Acknowledged.Count)];
            _world.Cluster.RunUntil(() =>
            {
                Clients.ForEach(client => client.Pump());
                return Clients.Zip(before).All(pair => pair.First.Acknowledged.Count > pair.Second + 2);
            });
            _world.Cluster.RunUntil(() => _world.Nodes.All(node => _world.Store(node).Revision >= Clients.Max(client => client.Floor)));
            _world.Cluster.Run(30_000_000);
            watches.ForEach(watch => watch.Pump());
            Assert.Single(watches.Select(watch => watch.Next).Distinct());
        }

        private void Judge()
        {
            foreach ((string value, long revision) in Clients.SelectMany(client => client.Acknowledged))
                Assert.Equal([revision], _history.PutsOf(value));
            foreach (string value in Clients.SelectMany(client => client.NotApplied))
                Assert.Empty(_history.PutsOf(value));
            foreach (string value in Clients.SelectMany(client => client.Unknown))
                Assert.InRange(_history.PutsOf(value).Count, 0, 1);
            Assert.Single(_world.Nodes.Select(Hash).Distinct());
            Assert.All(_world.Nodes, node => Assert.Equal(_history.LastRevision, _world.Store(node).Revision));
        }

        private uint Hash(SimulatedNode node)
        {
            using MvccReadTransaction snapshot = _world.Store(node).BeginRead();
            Assert.Equal(RevisionStatus.Ok, snapshot.TryHash(0, out uint hash));
            return hash;
        }
    }
}
