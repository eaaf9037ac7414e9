using System.Buffers.Binary;
using RaftKv.Raft;
using RaftKv.Storage.Mvcc;
using RaftKv.Testing.Disk;

namespace RaftKv.Storage.Tests.Mvcc;

/// <summary>Readers, the writer and checkpoints on threads of their own, with a cache much smaller than the data, whose budget holds.</summary>
public class MvccConcurrencyTests
{
    private const int Counters = 40;
    private const int Fillers = 4000;
    private const int Batches = 400;
    private const long CacheBytes = 1 << 20;

    private static readonly RangeQuery AllCounters = new() { Key = new byte[] { 1 }, RangeEnd = new byte[] { 2 } };

    [Fact]
    public void A_view_shows_whole_batches_while_writes_evictions_and_checkpoints_go_on()
    {
        var disk = new SimulatedDisk(new SplittableRandom(1));
        using MvccStore store = MvccStore.Open(disk.Root, new MvccOptions { PageSizeBytes = 1024, CacheBytes = CacheBytes });
        int done = 0;
        Exception? failure = null;
        Write(store, 0);
        Thread[] threads =
        [
            Start(() => WriteAll(store, () => Volatile.Write(ref done, 1))),
            Start(() => ReadUntil(store, () => Volatile.Read(ref done) != 0, 11)),
            Start(() => ReadUntil(store, () => Volatile.Read(ref done) != 0, 12)),
            Start(() => CheckpointUntil(store, () => Volatile.Read(ref done) != 0)),
        ];
        foreach (Thread thread in threads)
            thread.Join();
        Assert.Null(failure);
        Assert.Empty(store.Check().Defects);

        Thread Start(Action body)
        {
            var thread = new Thread(() =>
            {
                try
                {
                    body();
                }
                catch (Exception exception)
                {
                    failure = exception;
                    Volatile.Write(ref done, 1);
                }
            });
            thread.Start();
            return thread;
        }
    }

    private static void WriteAll(MvccStore store, Action done)
    {
        for (int number = 1; number <= Batches; number++)
        {
            Write(store, number);
            store.CompactStep(50);
            store.ShrinkStep(20);
        }
        done();
    }

    private static void Write(MvccStore store, int number)
    {
        var value = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(value, number);
        using MvccWriteTransaction batch = store.BeginWrite();
        batch.BeginCommand();
        for (byte i = 0; i < Counters; i++)
            batch.Put([1, i], value);
        var random = new SplittableRandom((ulong)number);
        for (int i = 0; i < (number == 0 ? Fillers : 60); i++)
        {
            int filler = number == 0 ? i : random.Next(Fillers);
            batch.BeginCommand();
            batch.Put(FillerKey(filler), FillerValue(filler));
        }
        if (number % 10 == 9)
            batch.Compact(batch.Revision - 200);
        batch.Commit(new StorePosition(1, number));
    }

    private static void ReadUntil(MvccStore store, Func<bool> done, ulong seed)
    {
        var random = new SplittableRandom(seed);
        var buffer = new byte[600];
        while (!done())
        {
            Assert.True(store.MemoryBytes <= CacheBytes, $"{store.MemoryBytes} bytes");
            using MvccReadTransaction view = store.BeginRead();
            RangeResult newest = view.Range(AllCounters);
            Assert.Equal(Counters, newest.Items.Count);
            Assert.Single(newest.Items.Select(item => BinaryPrimitives.ReadInt32BigEndian(item.Value.Span)).Distinct());
            long oldest = Math.Max(view.CompactedRevision, newest.Items[0].CreateRevision);
            long revision = oldest + random.Next(view.Revision - oldest + 1);
            RangeResult older = view.Range(new RangeQuery { Key = AllCounters.Key, RangeEnd = AllCounters.RangeEnd, Revision = revision });
            Assert.Single(older.Items.Select(item => BinaryPrimitives.ReadInt32BigEndian(item.Value.Span)).Distinct());
            for (int i = 0; i < 50; i++)
            {
                int filler = random.Next(Fillers);
                Assert.True(view.TryGetValue(FillerKey(filler), buffer, out int length));
                Assert.True(buffer.AsSpan(0, length).SequenceEqual(FillerValue(filler)));
            }
        }
    }

    private static void CheckpointUntil(MvccStore store, Func<bool> done)
    {
        while (!done())
        {
            store.Checkpoint();
            Assert.Empty(store.Check().Defects);
        }
    }

    private static byte[] FillerKey(int number) => [2, (byte)(number >> 8), (byte)number];

    private static byte[] FillerValue(int number)
    {
        var value = new byte[number % 97 == 0 ? 500 : 100 + number % 50];
        value.AsSpan().Fill((byte)(number * 7));
        return value;
    }
}
