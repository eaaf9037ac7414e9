using System.Buffers;
using System.Text;
using RaftKv.Commands;
using RaftKv.Raft;
using RaftKv.Testing.World;
using RaftKv.Transactions;

namespace RaftKv.Tests.Simulation;

/// <summary>Writes one command after the other through members of its choice and remembers what it was told about each.</summary>
internal sealed class SimulatedClient(StoreWorld world, SplittableRandom random, string name)
{
    // A proposal whose member crashed never ends; this long after it was made it has ended everywhere.
    private const long GivenUpMicros = 20_000_000;

    private readonly List<(string Value, long Revision)> _acknowledged = [];
    private readonly List<string> _notApplied = [];
    private readonly List<string> _unknown = [];
    private SimulatedProposal? _pending;
    private string _value = "";
    private long _since;
    private int _made;

    /// <summary>Values that were acknowledged, each with its revision.</summary>
    public IReadOnlyList<(string Value, long Revision)> Acknowledged => _acknowledged;

    /// <summary>Values of which it is certain that they were never written.</summary>
    public IReadOnlyList<string> NotApplied => _notApplied;

    /// <summary>Values that may have been written, once.</summary>
    public IReadOnlyList<string> Unknown => _unknown;

    /// <summary>The highest revision that was acknowledged to this client.</summary>
    public long Floor { get; private set; }

    public void Pump()
    {
        if (_pending is { IsOver: false } && world.Cluster.NowMicros - _since < GivenUpMicros)
            return;
        if (_pending is not null)
            Close(_pending);
        _pending = null;
        SimulatedNode node = world.Nodes[random.Next(world.Nodes.Count)];
        if (node.IsUp)
            Propose(node);
    }

    private void Propose(SimulatedNode node)
    {
        _value = $"{name}-{++_made}";
        _since = world.Cluster.NowMicros;
        _pending = node.Propose(CommandCodec.Write(new OperationCommand(Draw())).Span);
    }

    // Compaction of what everybody has seen; whether it is done changes no revision and is not asked for.
    public void Compact(SimulatedNode node)
    {
        if (node.IsUp && Floor > 20)
            node.Propose(CommandCodec.Write(new CompactCommand(Floor - 10 - random.Next(10))).Span);
    }

    private Operation Draw()
    {
        string key = $"key-{random.Next(6)}";
        Operation put = Operation.Put(key, _value);
        Transaction guarded = Transaction.When(Compare.Version(key).Less(3)).Then(put)
            .Else(Operation.Delete(key), Operation.Put("spill", _value));
        return random.Chance(0.6) ? put : Operation.Nested(guarded);
    }

    private void Close(SimulatedProposal ended)
    {
        if (ended.Result is { } result)
        {
            Assert.Equal(OperationStatus.Done, ResultCodec.TryRead(result.Payload, out StoreResult? read));
            Assert.Equal(StoreStatus.Applied, read!.Status);
            Assert.True(read.Revision > Floor, $"{_value} was acknowledged at {read.Revision}, after {Floor}.");
            Floor = read.Revision;
            _acknowledged.Add((_value, read.Revision));
        }
        else if (ended.Failure is { Outcome: WriteOutcome.NotApplied })
            _notApplied.Add(_value);
        else
            _unknown.Add(_value);
    }
}
