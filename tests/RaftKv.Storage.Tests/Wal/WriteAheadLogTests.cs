using RaftKv.Raft;
using RaftKv.Storage.Wal;
using RaftKv.Testing.Disk;

namespace RaftKv.Storage.Tests.Wal;

/// <summary>What the log promises its caller, one sentence each.</summary>
public sealed class WriteAheadLogTests
{
    [Fact]
    public void An_unknown_group_is_empty_from_index_one()
    {
        using WriteAheadLog log = WalWorld.Open(WalWorld.Disk());
        Assert.Equal((1, 0), (log.FirstIndex(7), log.LastIndex(7)));
        Assert.True(log.State(7).IsEmpty);
        Assert.Empty(log.TagRuns(7));
        Assert.Throws<ArgumentOutOfRangeException>(() => log.Tag(7, 1));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(3000)]
    public void An_append_costs_one_write_and_one_flush(int payloadBytes)
    {
        SimulatedDisk disk = WalWorld.Disk();
        using WriteAheadLog log = WalWorld.Open(disk);
        log.Append(WalWorld.Entry(1, 1, 1, "the first brings the segment's start along"));
        (long writes, long flushes) = (disk.Writes, disk.Flushes);
        for (int index = 2; index <= 11; index++)
            log.Append(WalWorld.Entry(1, index, 1, new string('x', payloadBytes)));
        Assert.Equal((writes + 10, flushes + 10), (disk.Writes, disk.Flushes));
    }

    [Fact]
    public void A_large_batch_that_brings_a_segments_start_along_is_read_back()
    {
        SimulatedDisk disk = WalWorld.Disk();
        byte[] payload = new byte[45_000];
        new SplittableRandom(1).NextBytes(payload);
        using (WriteAheadLog log = WalWorld.Open(disk))
        {
            for (int index = 1; index <= 4; index++)
                log.Append(WalWorld.With(batch => batch.AddEntry(1, index, 1, 0, payload)));
        }

        using WriteAheadLog again = WalWorld.Open(disk);
        Assert.Equal(4, again.LastIndex(1));
        Assert.All(WalWorld.ReadAll(again, 1), entry => Assert.True(entry.Payload.Span.SequenceEqual(payload)));
    }

    [Fact]
    public void What_was_appended_is_read_back_before_and_after_reopening()
    {
        SimulatedDisk disk = WalWorld.Disk();
        string before;
        using (WriteAheadLog log = WalWorld.Open(disk))
        {
            log.Append(WalWorld.With(batch =>
            {
                batch.SetState(1, "vote"u8);
                batch.AddEntry(1, 1, 10, 3, "one"u8);
                batch.AddEntry(1, 2, 10, 0, []);
                batch.AddEntry(2, 5, 20, 0, "five"u8);
            }));
            before = WalWorld.Text(log);
            Assert.Equal("1 [vote] 1/10:one 2/10:\n2 [] 5/20:five\n", before);
            Assert.Equal(3, WalWorld.ReadAll(log, 1)[0].Kind);
        }

        using WriteAheadLog again = WalWorld.Open(disk);
        Assert.Equal(before, WalWorld.Text(again));
        Assert.Null(again.Recovery.TornTail);
    }

    [Fact]
    public void An_entry_at_an_existing_index_replaces_the_suffix_from_there()
    {
        SimulatedDisk disk = WalWorld.Disk();
        using (WriteAheadLog log = WalWorld.Open(disk))
        {
            for (int i = 1; i <= 5; i++)
                log.Append(WalWorld.Entry(1, i, 1, $"a{i}"));
            log.Append(WalWorld.Entry(1, 3, 2, "b3"));
            Assert.Equal("1 [] 1/1:a1 2/1:a2 3/2:b3\n", WalWorld.Text(log));
            Assert.Equal([(1L, 1L), (3L, 2L)], log.TagRuns(1));
        }

        using WriteAheadLog again = WalWorld.Open(disk);
        Assert.Equal("1 [] 1/1:a1 2/1:a2 3/2:b3\n", WalWorld.Text(again));
        Assert.Equal(2, again.Tag(1, 3));
    }

    [Fact]
    public void A_gap_and_a_released_index_are_refused_and_nothing_of_the_batch_counts()
    {
        using WriteAheadLog log = WalWorld.Open(WalWorld.Disk());
        log.Append(WalWorld.Entry(1, 1, 1, "a"));
        log.Append(WalWorld.Entry(1, 2, 1, "b"));
        Assert.Throws<ArgumentException>(() => log.Append(WalWorld.Entry(1, 4, 1, "d")));
        Assert.Throws<ArgumentException>(() => log.Append(WalWorld.With(batch =>
        {
            batch.AddEntry(2, 1, 1, 0, "x"u8);
            batch.AddEntry(1, 5, 1, 0, "y"u8);
        })));
        log.Release(1, 1);
        Assert.Throws<ArgumentException>(() => log.Append(WalWorld.Entry(1, 1, 1, "d")));
        Assert.Equal("1 [] 2/1:b\n", WalWorld.Text(log));
        log.Append(WalWorld.Entry(2, 9, 1, "z"));
        Assert.Equal((9, 9), (log.FirstIndex(2), log.LastIndex(2)));
    }

    [Fact]
    public void A_release_past_the_end_empties_the_group_and_any_later_index_may_follow()
    {
        SimulatedDisk disk = WalWorld.Disk();
        using (WriteAheadLog log = WalWorld.Open(disk))
        {
            log.Append(WalWorld.Entry(1, 1, 1, "a"));
            log.Release(1, 1000);
            Assert.Equal((1001, 1000), (log.FirstIndex(1), log.LastIndex(1)));
            log.Append(WalWorld.Entry(1, 1001, 4, "snapshot+1"));
        }

        using WriteAheadLog again = WalWorld.Open(disk);
        Assert.Equal("1 [] 1001/4:snapshot+1\n", WalWorld.Text(again));
    }

    [Fact]
    public void States_and_bounds_survive_when_every_segment_they_were_written_in_is_given_back()
    {
        SimulatedDisk disk = WalWorld.Disk();
        byte[] payload = new byte[1000];
        using (WriteAheadLog log = WalWorld.Open(disk))
        {
            log.Append(WalWorld.With(batch => batch.SetState(2, "quiet"u8)));
            for (int i = 1; i <= 1000; i++)
            {
                log.Append(WalWorld.With(batch => batch.AddEntry(1, i, i / 100, 0, payload)));
                log.Release(1, i - 10);
            }

            Assert.True(disk.Files().Count <= 5, $"{disk.Files().Count} files hold 10 entries");
        }

        using WriteAheadLog again = WalWorld.Open(disk);
        Assert.Equal("quiet"u8.ToArray(), again.State(2).ToArray());
        Assert.Equal((991, 1000), (again.FirstIndex(1), again.LastIndex(1)));
        Assert.Equal(10, WalWorld.ReadAll(again, 1).Count);
        Assert.Equal([(991L, 9L), (1000L, 10L)], again.TagRuns(1));
    }

    [Fact]
    public void A_release_outlives_a_refused_batch_and_travels_with_the_next_one()
    {
        SimulatedDisk disk = WalWorld.Disk();
        using (WriteAheadLog log = WalWorld.Open(disk))
        {
            log.Append(WalWorld.Entry(1, 1, 1, "a"));
            log.Append(WalWorld.Entry(1, 2, 1, "b"));
            log.Release(1, 1);
            Assert.Throws<ArgumentException>(() => log.Append(WalWorld.Entry(1, 9, 1, "gap")));
            log.Append(WalWorld.Entry(1, 3, 1, "c"));
        }

        using WriteAheadLog again = WalWorld.Open(disk);
        Assert.Equal(2, again.FirstIndex(1));
    }

    [Fact]
    public void A_batch_larger_than_a_segment_gets_a_segment_of_its_size()
    {
        SimulatedDisk disk = WalWorld.Disk();
        byte[] large = new byte[300_000];
        new SplittableFill(3).Fill(large);
        using (WriteAheadLog log = WalWorld.Open(disk))
        {
            log.Append(WalWorld.With(batch => batch.AddEntry(1, 1, 1, 0, large)));
            log.Append(WalWorld.Entry(1, 2, 1, "after"));
        }

        using WriteAheadLog again = WalWorld.Open(disk);
        List<WalEntry> entries = WalWorld.ReadAll(again, 1);
        Assert.True(entries[0].Payload.Span.SequenceEqual(large));
        Assert.Equal("after"u8.ToArray(), entries[1].Payload.ToArray());
    }

    [Fact]
    public void Groups_that_are_released_while_a_segment_is_prepared_do_not_take_the_room_of_its_batch()
    {
        const int segments = 17 * SegmentHeader.AreaBytes;
        SimulatedDisk disk = WalWorld.Disk();
        WalOptions options = new() { SegmentBytes = WalWorld.SegmentBytes, CompressionThresholdBytes = int.MaxValue, PreparesAhead = false };
        using (WriteAheadLog log = WriteAheadLog.Open(disk.Root, options))
        {
            log.Append(WalWorld.Entry(1, 1, 1, "one"));
            disk.Faults = operation =>
            {
                for (int group = 2; group <= 100 && operation.Kind == DiskOperationKind.Create; group++)
                    log.Release(group, group % 3);
                return DiskFault.None;
            };
            // The area of the header, the two records at the start, the seal, the zeros behind it and the entry's own header.
            byte[] payload = new byte[segments - SegmentHeader.AreaBytes - (5 * RecordHeader.Bytes)];
            log.Append(WalWorld.With(batch => batch.AddEntry(1, 2, 2, 0, payload)));
            disk.Faults = null;
            Assert.Equal(segments, disk.ReadFile(SegmentHeader.FileName(2)).Length);
            log.Append(WalWorld.Entry(1, 3, 3, "three"));
        }

        using WriteAheadLog again = WriteAheadLog.Open(disk.Root, options);
        Assert.Equal((3, 3), (again.LastIndex(1), WalWorld.ReadAll(again, 1).Count));
        Assert.Equal((3, 1), (again.FirstIndex(2), again.FirstIndex(3)));
    }

    [Fact]
    public void A_release_of_nothing_makes_no_group_and_one_of_everything_there_can_be_is_refused()
    {
        SimulatedDisk disk = WalWorld.Disk();
        using WriteAheadLog log = WalWorld.Open(disk);
        log.Release(5, 0);
        Assert.Empty(log.Groups);
        Assert.Throws<ArgumentOutOfRangeException>(() => log.Release(5, long.MaxValue));
        log.Release(5, long.MaxValue - 1);
        Assert.Equal((long.MaxValue, long.MaxValue - 1), (log.FirstIndex(5), log.LastIndex(5)));
    }

    [Fact]
    public void Reading_stops_at_the_bytes_asked_for_but_gives_at_least_one_entry()
    {
        using WriteAheadLog log = WalWorld.Open(WalWorld.Disk());
        log.Append(WalWorld.With(batch =>
        {
            for (int i = 1; i <= 10; i++)
                batch.AddEntry(1, i, 1, 0, new byte[100]);
        }));
        List<WalEntry> entries = [];
        Assert.Equal(3, log.Read(1, 2, 10, 350, entries));
        Assert.Equal(1, log.Read(1, 5, 10, 1, entries));
        Assert.Equal([2, 3, 4, 5], entries.Select(entry => entry.Index));
        Assert.Throws<ArgumentOutOfRangeException>(() => log.Read(1, 5, 11, 1, entries));
        Assert.Throws<ArgumentOutOfRangeException>(() => log.Read(1, 0, 5, 1, entries));
    }

    [Fact]
    public void Large_payloads_are_compressed_and_come_back_as_they_were()
    {
        SimulatedDisk disk = WalWorld.Disk();
        byte[] plain = new byte[20_000];
        byte[] dense = new byte[20_000];
        new SplittableFill(4).Fill(dense);
        WalBatch batch = WalWorld.With(b =>
        {
            b.AddEntry(1, 1, 1, 0, "small"u8);
            b.AddEntry(1, 2, 1, 0, plain);
            b.AddEntry(1, 3, 1, 5, dense);
            b.AddEntry(1, 4, 1, 0, plain);
            b.SetState(1, plain);
        });
        using (WriteAheadLog log = WalWorld.Open(disk))
        {
            log.Append(batch);
            Assert.InRange(batch.Bytes, 40_000, 42_000);
            List<WalEntry> some = [];
            Assert.Equal(2, log.Read(1, 1, 4, 20_010, some));
        }

        using WriteAheadLog again = WalWorld.Open(disk);
        List<WalEntry> entries = WalWorld.ReadAll(again, 1);
        Assert.Equal("small"u8.ToArray(), entries[0].Payload.ToArray());
        Assert.Equal(plain, entries[1].Payload.ToArray());
        Assert.Equal(dense, entries[2].Payload.ToArray());
        Assert.Equal((4, 5, plain.Length), (entries.Count, entries[2].Kind, entries[3].Payload.Length));
        Assert.Equal(plain, again.State(1).ToArray());
    }

    [Fact]
    public void Concurrent_appenders_share_writes_and_each_finds_its_own_entries()
    {
        SimulatedDisk disk = WalWorld.Disk();
        const int appenders = 8;
        const int each = 200;
        using (WriteAheadLog log = WalWorld.Open(disk))
        {
            Thread[] threads = [.. Enumerable.Range(1, appenders).Select(group => new Thread(() =>
            {
                WalBatch batch = new();
                for (int i = 1; i <= each; i++)
                {
                    batch.Clear();
                    batch.AddEntry(group, i, group, 0, BitConverter.GetBytes((group * 1000) + i));
                    log.Append(batch);
                    Assert.Equal(i, log.LastIndex(group));
                }
            }))];
            foreach (Thread thread in threads)
                thread.Start();
            foreach (Thread thread in threads)
                thread.Join();
        }

        using WriteAheadLog again = WalWorld.Open(disk);
        for (int group = 1; group <= appenders; group++)
        {
            List<WalEntry> entries = WalWorld.ReadAll(again, group);
            Assert.Equal(each, entries.Count);
            Assert.All(entries, entry => Assert.Equal((group * 1000) + entry.Index, BitConverter.ToInt32(entry.Payload.Span)));
        }
    }

    [Fact]
    public void A_full_disk_refuses_the_batch_and_the_log_goes_on_when_there_is_room()
    {
        SimulatedDisk disk = WalWorld.Disk();
        using WriteAheadLog log = WalWorld.Open(disk);
        log.Append(WalWorld.Entry(1, 1, 1, "a"));
        disk.CapacityBytes = disk.UsedBytes;
        byte[] large = new byte[WalWorld.SegmentBytes];
        new SplittableFill(5).Fill(large);
        Assert.Throws<StorageFullException>(() => log.Append(WalWorld.With(batch => batch.AddEntry(1, 2, 1, 0, large))));
        log.Append(WalWorld.Entry(1, 2, 1, "small"));
        Assert.Throws<StorageFullException>(() => log.Append(WalWorld.With(batch => batch.AddEntry(1, 3, 1, 0, large))));
        disk.CapacityBytes = long.MaxValue;
        log.Append(WalWorld.With(batch => batch.AddEntry(1, 3, 1, 0, large)));
        Assert.Equal(3, log.LastIndex(1));
    }

    [Fact]
    public void After_a_failed_flush_the_log_accepts_nothing_until_it_is_reopened()
    {
        SimulatedDisk disk = WalWorld.Disk();
        WriteAheadLog log = WalWorld.Open(disk);
        log.Append(WalWorld.Entry(1, 1, 1, "a"));
        disk.Faults = operation => operation.Kind == DiskOperationKind.Flush ? DiskFault.Fail : DiskFault.None;
        Assert.Throws<StorageFailedException>(() => log.Append(WalWorld.Entry(1, 2, 1, "b")));
        disk.Faults = null;
        Assert.Throws<StorageFailedException>(() => log.Append(WalWorld.Entry(1, 2, 1, "c")));
        Assert.Equal(1, log.LastIndex(1));
        log.Dispose();
        disk.Crash();
        using WriteAheadLog again = WalWorld.Open(disk);
        Assert.StartsWith("1 [] 1/1:a", WalWorld.Text(again), StringComparison.Ordinal);
    }
}
