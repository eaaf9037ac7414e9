using RaftKv.Commands;
using RaftKv.Node;
using RaftKv.Raft;
using RaftKv.Storage.Mvcc;
using RaftKv.Testing.Disk;
using RaftKv.Tests.Support;
using RaftKv.Transactions;

namespace RaftKv.Tests;

/// <summary>The replicated machine: etcd's rules, judged against a model that copies the whole state for every revision.</summary>
public sealed class KeyValueStateMachineTests
{
    private static readonly MvccOptions Small = new() { PageSizeBytes = 1024, CacheBytes = 1 << 20, CheckpointBytes = 8192 };

    [Fact]
    public void Every_answer_is_the_models_in_whatever_batches_commands_come() => Rounds.Run(60, random =>
    {
        SimulatedDisk disk = new(random.Fork("disk"));
        using KeyValueStateMachine machine = new(disk.Root, Small);
        ModelStore model = new();
        CommandGenerator generator = new(random.Fork("commands"));
        long index = 0;
        for (int round = 0; round < 30; round++)
        {
            StoreCommand[] commands = [.. Enumerable.Range(0, random.Range(1, 8)).Select(_ => generator.Command())];
            CollectedResults answers = Apply(machine, commands, ref index);
            for (int i = 0; i < commands.Length; i++)
                Assert.Equal(Text.Of(model.Apply(commands[i])), Text.Of(answers[i]));
            generator.Revision = model.Revision;
            CompareReads(machine, model, generator, random);
            if (machine.CheckpointDue)
                machine.Checkpoint();
        }
        Assert.Equal(new LogPosition(new Term(3), new LogIndex(index)), machine.Applied);
        CompareHistory(machine, model);
    });

    [Fact]
    public void Machines_that_applied_the_same_log_in_different_batches_have_the_same_hash() => Rounds.Run(20, random =>
    {
        CommandGenerator generator = new(random.Fork("commands"));
        StoreCommand[] log = [.. Enumerable.Range(0, 150).Select(_ => generator.Command())];
        uint[] hashes = [.. Enumerable.Range(0, 3).Select(copy =>
        {
            SplittableRandom cuts = random.Fork($"copy {copy}");
            using KeyValueStateMachine machine = new(new SimulatedDisk(cuts.Fork("disk")).Root, Small);
            long index = 0;
            for (int start = 0, count; start < log.Length; start += count)
            {
                count = Math.Min(cuts.Range(1, 20), log.Length - start);
                Apply(machine, log[start..(start + count)], ref index);
                if (cuts.Chance(0.1))
                    machine.Checkpoint();
            }
            using MvccReadTransaction snapshot = machine.Store.BeginRead();
            Assert.Equal(RevisionStatus.Ok, snapshot.TryHash(0, out uint hash));
            return hash;
        })];

        Assert.Equal(hashes[0], hashes[1]);
        Assert.Equal(hashes[0], hashes[2]);
    });

    [Fact]
    public void Bytes_that_are_no_command_change_nothing_and_are_answered_so()
    {
        using KeyValueStateMachine machine = new(new SimulatedDisk(new SplittableRandom(1)).Root, Small);
        byte[][] noise = [[], [0], [99, 1, 2], [CommandCodec.Version, 1, 7]];
        Command[] commands = [.. noise.Select((bytes, i) => new Command(new LogPosition(new Term(1), new LogIndex(i + 1)), bytes))];
        CollectedResults answers = new(commands.Length);

        machine.Apply(commands, answers);

        for (int i = 0; i < commands.Length; i++)
            Assert.Equal(StoreStatus.Malformed, answers[i].Status);
        Assert.Equal(1, machine.Store.Revision);
        Assert.Equal(new LogIndex(commands.Length), machine.Applied.Index);
    }

    [Fact]
    public void A_key_longer_than_the_store_can_hold_changes_nothing_even_in_the_branch_that_does_not_run()
    {
        using KeyValueStateMachine machine = new(new SimulatedDisk(new SplittableRandom(1)).Root, Small);
        byte[] key = new byte[MvccStore.KeyBytesMax + 1];
        long index = 0;

        CollectedResults answers = Apply(machine,
        [
            new OperationCommand(Operation.Put(key, key)),
            new OperationCommand(Operation.Nested(Transaction.When().Then(Operation.Put("k", "v")).Else(Operation.Put(key, key)))),
        ], ref index);

        Assert.Equal(StoreStatus.Malformed, answers[0].Status);
        Assert.Equal(StoreStatus.Malformed, answers[1].Status);
        Assert.Equal(1, machine.Store.Revision);
    }

    [Fact]
    public void A_restart_goes_on_from_the_last_checkpoint()
    {
        SimulatedDisk disk = new(new SplittableRandom(1));
        long index = 0;
        using (KeyValueStateMachine machine = new(disk.Root, Small))
        {
            Apply(machine, [new OperationCommand(Operation.Put("a", "1"))], ref index);
            machine.Checkpoint();
            Apply(machine, [new OperationCommand(Operation.Put("a", "2"))], ref index);
        }

        using KeyValueStateMachine again = new(disk.Root, Small);

        Assert.Equal(new LogIndex(1), again.Applied.Index);
        Assert.Equal(again.Applied, again.Durable);
        Assert.Equal(2, again.Store.Revision);
    }

    [Fact]
    public void What_compaction_frees_is_given_back_while_writing_goes_on()
    {
        const int roundsMax = 2000;
        SimulatedDisk disk = new(new SplittableRandom(1));
        using KeyValueStateMachine machine = new(disk.Root, Small);
        long index = 0;
        foreach (int[] numbers in Enumerable.Range(0, 1000).Chunk(50))
            Apply(machine, [.. numbers.Select(n => new OperationCommand(Operation.Put($"k{n:D4}", new string('v', 200))))], ref index);
        machine.Checkpoint();
        long full = machine.Store.FileBytes;

        Apply(machine, [new OperationCommand(Operation.Delete(KeyRange.Prefix("k")))], ref index);
        Apply(machine, [new CompactCommand(machine.Store.Revision)], ref index);
        int rounds = 0;
        while (machine.Store.FileBytes > full / 4 && ++rounds < roundsMax)
        {
            Apply(machine, [new OperationCommand(Operation.Put("counter", "more"))], ref index);
            machine.Checkpoint();
        }

        Assert.InRange(rounds, 1, roundsMax - 1);
        Assert.Empty(machine.Store.Check().Defects);
    }

    [Fact]
    public void A_slice_that_cannot_be_opened_keeps_nobody_from_closing_the_machine()
    {
        using KeyValueStateMachine machine = new(new SimulatedDisk(new SplittableRandom(1)).Root, Small);
        machine.Store.Dispose();

        Assert.Throws<ObjectDisposedException>(() => machine.OpenSlice(default, format: 1));

        Assert.True(machine.Readers.CloseAsync().IsCompleted);
    }

    // As the machine says that it keeps no commands, their memory is another's afterwards.
    private static CollectedResults Apply(KeyValueStateMachine machine, StoreCommand[] commands, ref long index)
    {
        Assert.False(machine.KeepsCommands);
        Command[] batch = new Command[commands.Length];
        byte[][] memory = [.. commands.Select(command => CommandCodec.Write(command).ToArray())];
        for (int i = 0; i < batch.Length; i++)
            batch[i] = new Command(new LogPosition(new Term(3), new LogIndex(++index)), memory[i]);
        CollectedResults results = new(batch.Length);
        machine.Apply(batch, results);
        foreach (byte[] command in memory)
            command.AsSpan().Fill(0xDB);
        return results;
    }

    private static void CompareReads(KeyValueStateMachine machine, ModelStore model, CommandGenerator generator, SplittableRandom random)
    {
        using MvccReadTransaction snapshot = machine.Store.BeginRead();
        for (int i = 0; i < 4; i++)
        {
            KeyRange keys = generator.Range();
            long oldest = Math.Max(1, model.Compacted);
            long revision = random.Chance(0.5) ? 0 : oldest + random.Next(model.Revision - oldest + 1);
            int limit = random.Next(4);
            bool keysOnly = random.Chance(0.3);
            RangeResult found = Queries.Result(snapshot.Range(Queries.Range(keys, revision, limit, keysOnly)), snapshot.Revision);
            Assert.Equal(Text.Of(model.Range(keys, revision, limit, keysOnly)), Text.Of(found));
        }
    }

    private static void CompareHistory(KeyValueStateMachine machine, ModelStore model)
    {
        using MvccReadTransaction snapshot = machine.Store.BeginRead();
        long from = Math.Max(2, model.Compacted + 1);
        ChangeQuery all = new() { FromRevision = from, WithPrevious = true, ChangesMax = int.MaxValue, BytesMax = long.MaxValue };
        ChangeBatch changes = snapshot.ReadChanges(all);

        Assert.Equal(
            model.Events.Where(change => change.Revision >= from).Select(change => $"{change.Kind} {Text.Of(change.Current)}"),
            changes.Changes.Select(Queries.Event).Select(change => $"{change.Kind} {Text.Of(change.Current)}"));
        Assert.Equal(model.Revision + 1, changes.NextRevision);
    }
}
