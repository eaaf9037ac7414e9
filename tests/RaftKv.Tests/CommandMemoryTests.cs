using System.Buffers;
using System.Text;
using RaftKv.Commands;
using RaftKv.Raft;
using RaftKv.Storage.Mvcc;
using RaftKv.Testing.World;
using RaftKv.Transactions;

namespace RaftKv.Tests;

/// <summary>
/// Source: <see cref="KeyValueStateMachine.KeepsCommands"/>: in simulations the memory of commands is overwritten when it comes back, and
/// here it comes back soon, so whatever the store still had there would be read as something else.
/// </summary>
public sealed class CommandMemoryTests : IDisposable
{
    private const int Batches = 30;
    private const int BatchWrites = 100;
    private const int Keys = 97;

    private static readonly MvccOptions Small = new() { PageSizeBytes = 1024, CacheBytes = 1 << 20, CheckpointBytes = 64 * 1024 };

    private readonly List<KeyValueStateMachine> _machines = [];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Every_revision_holds_on_every_member_what_was_written_at_it(ulong seed)
    {
        SimulatedCluster cluster = new(new SimulatedClusterOptions
        {
            Seed = seed,
            EntryWindowBytes = 4096,
            OpenMachine = (_, directory) =>
            {
                _machines.Add(new KeyValueStateMachine(directory, Small));
                return _machines[^1];
            },
        });
        cluster.RunUntil(() => cluster.Leader is not null);
        SimulatedNode leader = cluster.Leader!;
        Dictionary<long, int> written = [];
        for (int batch = 0; batch < Batches; batch++)
            WriteThrough(cluster, leader, batch * BatchWrites, written);
        Assert.Equal(Batches * BatchWrites, written.Count);
        cluster.RunUntil(() => cluster.Nodes.All(node => node.Driver!.Applied == leader.Driver!.Applied));
        foreach (SimulatedNode node in cluster.Nodes)
        {
            using MvccReadTransaction snapshot = ((KeyValueStateMachine)node.Machine!).Store.BeginRead();
            foreach ((long revision, int number) in written)
            {
                RangeQuery query = new() { Key = Encoding.UTF8.GetBytes(Key(number)), Revision = revision };
                Assert.Equal(Value(number), Encoding.UTF8.GetString(Assert.Single(snapshot.Range(query).Items).Value.Span));
            }
        }
    }

    public void Dispose() => _machines.ForEach(machine => machine.Dispose());

    private static void WriteThrough(SimulatedCluster cluster, SimulatedNode leader, int first, Dictionary<long, int> written)
    {
        SimulatedProposal[] writes = [.. Enumerable.Range(first, BatchWrites).Select(number => leader.Propose(Command(number)))];
        cluster.RunUntil(() => writes.All(write => write.IsOver));
        for (int i = 0; i < writes.Length; i++)
        {
            Assert.Equal(OperationStatus.Done, ResultCodec.TryRead(writes[i].Result!.Value.Payload, out StoreResult? answer));
            Assert.Equal(StoreStatus.Applied, answer!.Status);
            written.Add(answer.Revision, first + i);
        }
    }

    // Puts, and transactions that put as well.
    private static ReadOnlySpan<byte> Command(int number)
    {
        Operation put = Operation.Put(Key(number), Value(number), new PutOptions { ReturnPrevious = true });
        Operation operation = number % 3 == 0
            ? Operation.Nested(Transaction.When(Compare.Version(Key(number)).Less(int.MaxValue)).Then(put, Operation.Range(KeyRange.Prefix("key"))))
            : put;
        return CommandCodec.Write(new OperationCommand(operation)).Span;
    }

    private static string Key(int number) => $"key {number % Keys}";

    private static string Value(int number) => $"value {number} of {Key(number)}";
}
