using RaftKv.Raft;
using RaftKv.Storage.Wal;
using RaftKv.Testing.Disk;

namespace RaftKv.Storage.Tests.Wal;

/// <summary>A disk that is full, refuses, hangs or fails to flush, at every operation of a run.</summary>
public sealed class WalFaultTests
{
    [Theory]
    [InlineData(DiskFault.Full)]
    [InlineData(DiskFault.Fail)]
    [InlineData(DiskFault.FailAfter)]
    public void A_write_that_fails_at_any_position_fails_its_batch_only_and_the_log_goes_on(DiskFault fault)
    {
        for (long position = 1; ; position++)
        {
            SimulatedDisk disk = WalWorld.Disk((ulong)position);
            using WriteAheadLog log = WalWorld.Open(disk);
            long at = disk.Operations + position;
            disk.Faults = operation =>
            {
                bool flushes = operation.Kind is DiskOperationKind.Flush or DiskOperationKind.FlushDirectory;
                return operation.Number == at && !flushes ? fault : DiskFault.None;
            };
            (int failed, WalModel model) = RunUntilItSticks(log, (ulong)position);
            disk.Faults = null;
            Assert.True(failed <= 1);
            Assert.Null(model.Difference(log));
            disk.Crash();
            using WriteAheadLog again = WalWorld.Open(disk);
            model.RepeatReleases(again);
            Assert.Null(model.Difference(again));
            if (disk.Operations < at)
                return;
        }
    }

    [Fact]
    public void A_flush_that_fails_at_any_position_stops_the_log_and_reopening_finds_all_acknowledged_batches()
    {
        for (long position = 1; ; position++)
        {
            SimulatedDisk disk = WalWorld.Disk((ulong)position);
            WriteAheadLog log = WalWorld.Open(disk);
            long at = disk.Operations + position;
            bool failed = false;
            disk.Faults = operation =>
            {
                failed |= operation.Number == at && operation.Kind is DiskOperationKind.Flush or DiskOperationKind.FlushDirectory;
                return operation.Number == at ? DiskFault.Fail : DiskFault.None;
            };
            WalModel acknowledged = new();
            WalModel underWay = acknowledged;
            SplittableRandom random = new((ulong)position);
            try
            {
                for (int step = 0; step < 25; step++)
                {
                    (WalBatch batch, underWay) = acknowledged.DrawBatch(random, 9000);
                    log.Append(batch);
                    acknowledged = underWay;
                }
            }
            catch (StorageException)
            {
                if (failed)
                    Assert.Throws<StorageFailedException>(() => log.Append(WalWorld.With(batch => batch.SetState(0, "after"u8))));
            }

            bool reached = disk.Operations >= at;
            disk.Faults = null;
            log.Dispose();
            disk.Crash();
            using WriteAheadLog again = WalWorld.Open(disk);
            Assert.True(acknowledged.Difference(again) is null || underWay.Difference(again) is null, $"position {position}");
            if (!reached)
                return;
        }
    }

    [Fact]
    public void Readers_go_on_and_appenders_wait_while_a_flush_hangs()
    {
        SimulatedDisk disk = WalWorld.Disk();
        using WriteAheadLog log = WalWorld.Open(disk);
        log.Append(WalWorld.Entry(1, 1, 7, "one"));
        using ManualResetEventSlim hangs = new();
        using ManualResetEventSlim goOn = new();
        HangingDirectory directory = new(disk.Root, hangs, goOn);
        log.Dispose();
        using WriteAheadLog slow = WriteAheadLog.Open(directory, WalWorld.Options);
        directory.Hang = true;
        Thread[] appenders =
        [
            new(() => slow.Append(WalWorld.Entry(1, 2, 8, "two"))),
            new(() => slow.Append(WalWorld.Entry(2, 1, 9, "other"))),
        ];
        appenders[0].Start();
        hangs.Wait(TestContext.Current.CancellationToken);
        appenders[1].Start();
        Assert.Equal("1 [] 1/7:one\n", WalWorld.Text(slow));
        Assert.Equal((1, 7), (slow.LastIndex(1), slow.Tag(1, 1)));
        slow.Release(1, 0);
        goOn.Set();
        foreach (Thread appender in appenders)
            appender.Join();
        Assert.Equal("1 [] 1/7:one 2/8:two\n2 [] 1/9:other\n", WalWorld.Text(slow));
    }

    /// <summary>Appends drawn batches, each again until it succeeds, and counts the failures.</summary>
    private static (int Failed, WalModel Model) RunUntilItSticks(WriteAheadLog log, ulong seed)
    {
        SplittableRandom random = new(seed);
        WalModel model = new();
        int failed = 0;
        for (int step = 0; step < 25; step++)
        {
            if (random.Chance(0.2))
            {
                long through = model.First(1) + random.Next(model.Last(1) - model.First(1) + 2);
                model.Release(1, through);
                log.Release(1, through);
            }

            (WalBatch batch, WalModel after) = model.DrawBatch(random, 9000);
            try
            {
                log.Append(batch);
            }
            catch (StorageException error) when (error is StorageFullException or StorageIoException)
            {
                failed++;
                Assert.Null(model.Difference(log));
                log.Append(batch);
            }

            model = after;
        }

        return (failed, model);
    }
}
