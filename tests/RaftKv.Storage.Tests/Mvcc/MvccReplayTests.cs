using RaftKv.Raft;
using RaftKv.Storage.Mvcc;
using RaftKv.Storage.Tests.Wal;
using RaftKv.Testing.Disk;

namespace RaftKv.Storage.Tests.Mvcc;

/// <summary>What a store holds does not depend on how its commands were gathered into batches, as a replay gathers them otherwise.</summary>
public class MvccReplayTests
{
    private const int Commands = 1500;

    private static readonly MvccOptions Options = new() { PageSizeBytes = 1024, CacheBytes = 1 << 20 };

    [Fact]
    public void Commands_in_few_large_batches_leave_what_a_batch_for_each_leaves()
    {
        for (ulong seed = 1; seed <= 6; seed++)
        {
            using MvccStore single = MvccStore.Open(new SimulatedDisk(new SplittableRandom(1)).Root, Options);
            using MvccStore large = MvccStore.Open(new SimulatedDisk(new SplittableRandom(1)).Root, Options);
            bool mixed = seed % 2 == 0;
            Run(single, seed, mixed, commandsPerBatch: 1);
            Run(large, seed, mixed, commandsPerBatch: seed < 3 ? Commands : 400);
            Same(single, large);
            Assert.Empty(large.Check().Defects);
            single.Checkpoint();
            large.Checkpoint();
            Run(single, seed + 100, mixed, commandsPerBatch: 7);
            Run(large, seed + 100, mixed, commandsPerBatch: Commands);
            Same(single, large);
            Assert.Empty(large.Check().Defects);
        }
    }

    [Fact]
    public void A_dropped_batch_leaves_no_put_to_the_next()
    {
        using MvccStore store = MvccStore.Open(new SimulatedDisk(new SplittableRandom(1)).Root, Options);
        using (MvccWriteTransaction dropped = store.BeginWrite())
            dropped.Put([1], [1]);
        using (MvccWriteTransaction batch = store.BeginWrite())
        {
            batch.Put([2], [2]);
            Assert.Null(batch.Get([1]));
            batch.Commit(default);
        }
        using MvccReadTransaction view = store.BeginRead();
        Assert.Null(view.Get([1]));
        Assert.Equal(2, view.Revision);
    }

    [Fact]
    public void A_batch_whose_puts_met_damage_can_only_be_dropped()
    {
        var disk = new SimulatedDisk(new SplittableRandom(1));
        using (MvccStore store = MvccStore.Open(disk.Root, Options))
        {
            PutAll(store, 400, step: 1);
            store.Checkpoint();
        }
        disk.Faults = operation => operation.Kind == DiskOperationKind.Read ? DiskFault.Fail : DiskFault.None;
        using MvccStore reopened = OpenBeforeFaults(disk);
        using (MvccWriteTransaction batch = reopened.BeginWrite())
        {
            batch.Put(Key(1), [1]);
            Assert.ThrowsAny<StorageException>(() => batch.Get(Key(1)));
            Assert.Throws<InvalidOperationException>(() => batch.Get(Key(1)));
            Assert.Throws<InvalidOperationException>(() => batch.Commit(default));
        }
        disk.Faults = null;
        using MvccReadTransaction view = reopened.BeginRead();
        Assert.Equal(50, view.Get(Key(1))!.Value.Length);
        Assert.Empty(reopened.Check().Defects);
    }

    [Fact]
    public void A_checkpoint_is_due_by_the_pages_that_a_replay_would_read()
    {
        var options = new MvccOptions { PageSizeBytes = 1024, CacheBytes = 8 << 20, CheckpointBytes = 32 << 10 };
        using MvccStore store = MvccStore.Open(new SimulatedDisk(new SplittableRandom(1)).Root, options);
        PutAll(store, 4000, step: 1);
        store.Checkpoint();
        Assert.False(store.CheckpointDue);
        PutAll(store, 100, step: 1);
        Assert.False(store.CheckpointDue);
        PutAll(store, 4000, step: 40);
        Assert.True(store.CheckpointDue);
        store.Checkpoint();
        Assert.False(store.CheckpointDue);
    }

    [Fact]
    public void A_writer_that_leaves_a_checkpoint_behind_is_slowed_down_and_goes_on()
    {
        using ManualResetEventSlim hangs = new();
        using ManualResetEventSlim goOn = new();
        var directory = new HangingDirectory(new SimulatedDisk(new SplittableRandom(1)).Root, hangs, goOn);
        var options = new MvccOptions { PageSizeBytes = 1024, CacheBytes = 8 << 20, CheckpointBytes = 4 << 10 };
        using MvccStore store = MvccStore.Open(directory, options);
        PutAll(store, 100, step: 1);
        directory.Hang = true;
        var checkpoint = new Thread(store.Checkpoint);
        checkpoint.Start();
        hangs.Wait(TestContext.Current.CancellationToken);
        // Each of these batches is as much as may come before the writer waits, and nothing ends while the flush hangs.
        for (int i = 0; i < 20; i++)
            PutAll(store, 100, step: 1);
        Assert.True(store.CheckpointDue);
        goOn.Set();
        checkpoint.Join();
        store.Checkpoint();
        Assert.Equal(store.Applied, store.Durable);
        Assert.False(store.CheckpointDue);
    }

    private static MvccStore OpenBeforeFaults(SimulatedDisk disk)
    {
        Func<DiskOperation, DiskFault>? faults = disk.Faults;
        disk.Faults = null;
        MvccStore store = MvccStore.Open(disk.Root, Options);
        disk.Faults = faults;
        return store;
    }

    private static void PutAll(MvccStore store, int keys, int step)
    {
        using MvccWriteTransaction batch = store.BeginWrite();
        for (int i = 0; i < keys; i += step)
        {
            batch.BeginCommand();
            batch.Put(Key(i), new byte[50]);
        }
        batch.Commit(new StorePosition(1, store.Applied.Index + 1));
    }

    private static byte[] Key(int number) => [(byte)(number >> 8), (byte)number];

    // The same commands whatever the batches; some read before the next, so that puts wait only between those.
    private static void Run(MvccStore store, ulong seed, bool mixed, int commandsPerBatch)
    {
        var random = new SplittableRandom(seed);
        for (int number = 0; number < Commands;)
        {
            using MvccWriteTransaction batch = store.BeginWrite();
            for (int i = 0; i < commandsPerBatch && number < Commands; i++, number++)
            {
                batch.BeginCommand();
                Command(batch, random, mixed);
            }
            batch.Commit(new StorePosition(1, store.Applied.Index + 1));
        }
    }

    private static void Command(MvccWriteTransaction batch, SplittableRandom random, bool mixed)
    {
        int kind = mixed ? random.Next(20) : 9;
        if (kind == 0)
        {
            byte[] from = AnyKey(random);
            batch.DeleteRange(from, random.Next(2) == 0 ? default : new[] { (byte)(from[0] + 1) });
            return;
        }
        int puts = 1 + random.Next(3);
        for (int i = 0; i < puts; i++)
            batch.Put(AnyKey(random), AnyValue(random), lease: random.Next(4) == 0 ? 1 + random.Next(3) : 0);
        if (kind == 1)
            batch.Get(AnyKey(random));
    }

    // Short and long keys of one beginning or of none, several of which are the beginning of others.
    private static byte[] AnyKey(SplittableRandom random)
    {
        var key = new byte[random.Next(30) == 0 ? 1 + random.Next(700) : 1 + random.Next(12)];
        for (int i = 0; i < key.Length; i++)
            key[i] = (byte)(i < 6 ? 7 * random.Next(3) : i);
        return key;
    }

    private static byte[] AnyValue(SplittableRandom random)
    {
        var value = new byte[random.Next(200) == 0 ? 70_000 : random.Next(random.Next(40) == 0 ? 3000 : 120)];
        value.AsSpan().Fill((byte)random.Next(256));
        return value;
    }

    private static void Same(MvccStore left, MvccStore right)
    {
        using MvccReadTransaction one = left.BeginRead();
        using MvccReadTransaction other = right.BeginRead();
        Assert.Equal(one.Revision, other.Revision);
        foreach (long revision in new[] { 0, one.Revision / 2 })
        {
            Assert.Equal(RevisionStatus.Ok, one.TryHash(revision, out uint hash));
            Assert.Equal(RevisionStatus.Ok, other.TryHash(revision, out uint otherHash));
            Assert.Equal(hash, otherHash);
        }
        for (int lease = 1; lease <= 3; lease++)
        {
            Assert.Equal(one.KeysOfLease(lease).Select(key => Convert.ToHexString(key.Span)),
                other.KeysOfLease(lease).Select(key => Convert.ToHexString(key.Span)));
        }
        for (long from = 2; from <= one.Revision;)
        {
            var query = new ChangeQuery { FromRevision = from, WithPrevious = true };
            ChangeBatch changes = one.ReadChanges(query);
            ChangeBatch others = other.ReadChanges(query);
            Assert.Equal(changes.Changes.Count, others.Changes.Count);
            for (int i = 0; i < changes.Changes.Count; i++)
            {
                Assert.Equal(changes.Changes[i].Kind, others.Changes[i].Kind);
                Assert.Equal(changes.Changes[i].Order, others.Changes[i].Order);
                Expect.Equal(changes.Changes[i].Current, others.Changes[i].Current);
                Expect.Equal(changes.Changes[i].Previous, others.Changes[i].Previous);
            }
            from = changes.NextRevision;
        }
    }
}
