using RaftKv.Raft;
using RaftKv.Storage.Wal;
using RaftKv.Testing.Disk;

namespace RaftKv.Storage.Tests.Wal;

/// <summary>Bytes that changed on disk are reported with file and offset or cannot have mattered; no wrong value is returned.</summary>
public sealed class WalCorruptionTests
{
    private const string Whole = "1 [state] 1/1:first entry 2/1:second 3/2:third entry\n2 [] 1/1:other\n";

    [Fact]
    public void Any_changed_byte_of_a_closed_log_is_reported_or_harmless()
    {
        (SimulatedDisk disk, string file, int used) = WriteLog(close: true);
        byte[] content = disk.ReadFile(file);
        for (int offset = 0; offset < used + 200; offset++)
        {
            string found = OpenChanged(disk, file, content, offset, out bool reported);
            Assert.True(found == Whole || reported, $"offset {offset}: {found}");
            bool inRecords = offset >= 4096 && offset < used - 64;
            Assert.True(!inRecords || found == "damage", $"offset {offset} holds what was acknowledged, yet opening gave {found}");
        }
    }

    [Fact]
    public void Any_changed_byte_of_a_killed_log_is_reported_and_at_most_the_last_write_is_cut_off()
    {
        (SimulatedDisk disk, string file, int used) = WriteLog(close: false);
        byte[] content = disk.ReadFile(file);
        string[] allowed = ["damage", Whole, "1 [state] 1/1:first entry 2/1:second\n2 [] 1/1:other\n"];
        for (int offset = 0; offset < used + 200; offset++)
        {
            string found = OpenChanged(disk, file, content, offset, out bool reported);
            Assert.Contains(found, allowed);
            Assert.True(reported || found == Whole, $"offset {offset} was not reported");
        }
    }

    [Fact]
    public void A_log_cut_off_anywhere_is_reported_with_file_and_offset()
    {
        (SimulatedDisk disk, string file, int used) = WriteLog(close: false);
        byte[] content = disk.ReadFile(file);
        for (int length = 1; length < used; length += 37)
        {
            disk.WriteFile(file, content.AsSpan(0, length));
            if (length < 64)
            {
                using WriteAheadLog log = WalWorld.Open(disk);
                Assert.Equal(new WalTornTail(file, 0, length), log.Recovery.TornTail);
                continue;
            }

            StorageCorruptException error = Assert.Throws<StorageCorruptException>(() => WalWorld.Open(disk));
            Assert.Equal((file, length), (error.File, error.Offset));
        }
    }

    [Fact]
    public void A_missing_segment_is_named()
    {
        SimulatedDisk disk = WalWorld.Disk();
        using (WriteAheadLog log = WalWorld.Open(disk))
        {
            for (int i = 1; i <= 300; i++)
                log.Append(WalWorld.With(batch => batch.AddEntry(1, i, 1, 0, new byte[1000])));
        }

        IReadOnlyList<string> files = disk.Files();
        Assert.True(files.Count > 4);
        foreach (string file in files)
        {
            byte[] content = disk.ReadFile(file);
            disk.Root.Delete(file);
            StorageCorruptException error = Assert.Throws<StorageCorruptException>(() => WalWorld.Open(disk));
            Assert.Equal(file, error.File);
            disk.WriteFile(file, content);
        }

        WalWorld.Open(disk).Dispose();
    }

    [Fact]
    public void Damage_found_while_reading_names_file_and_offset_and_returns_nothing()
    {
        (SimulatedDisk disk, string file, int used) = WriteLog(close: false);
        using WriteAheadLog log = WalWorld.Open(disk);
        byte[] content = disk.ReadFile(file);
        for (int offset = 4096; offset < used; offset++)
        {
            disk.Corrupt(file, offset, 0x10);
            try
            {
                Assert.Equal(Whole, WalWorld.Text(log));
            }
            catch (StorageCorruptException error)
            {
                Assert.Equal(file, error.File);
                Assert.InRange(offset, error.Offset, error.Offset + 100);
            }

            disk.Corrupt(file, offset, 0x10);
        }

        Assert.Equal(content, disk.ReadFile(file));
    }

    [Fact]
    public void A_sound_record_that_does_not_follow_the_one_before_is_damage()
    {
        (SimulatedDisk disk, string file, int _) = WriteLog(close: true);
        byte[] content = disk.ReadFile(file);
        Assert.True(SegmentHeader.TryRead(content, out SegmentHeader segment, out int _));
        WalRecordInfo second = WalInspector.Records(disk.Root, file).First(record => record.Index == 2);
        Span<byte> record = content.AsSpan((int)second.Offset);
        RecordHeader header = RecordHeader.Read(record);
        (header with { Previous = header.Previous ^ 1 }).Write(record);
        RecordHeader.Finish(record, segment.Seed, second.Offset);
        disk.WriteFile(file, content);
        StorageCorruptException error = Assert.Throws<StorageCorruptException>(() => WalWorld.Open(disk));
        Assert.Equal((file, second.Offset), (error.File, error.Offset));
    }

    [Fact]
    public void Records_of_an_earlier_use_of_a_file_never_count()
    {
        SimulatedDisk disk = WalWorld.Disk();
        using (WriteAheadLog log = WalWorld.Open(disk))
        {
            for (int i = 1; i <= 2000; i++)
            {
                log.Append(WalWorld.With(batch => batch.AddEntry(1, i, 1, 0, new byte[500])));
                log.Release(1, i - 1);
                if (i % 37 == 0)
                {
                    disk.Crash();
                    break;
                }
            }
        }

        for (int life = 0; life < 60; life++)
        {
            using WriteAheadLog log = WalWorld.Open(disk);
            log.Release(1, log.LastIndex(1) - 1);
            long next = log.LastIndex(1) + 1;
            for (long i = next; i < next + 41; i++)
            {
                log.Append(WalWorld.With(batch => batch.AddEntry(1, i, 1, 0, new byte[500])));
                log.Release(1, i - 1);
            }

            Assert.Equal(next + 40, log.LastIndex(1));
            disk.Crash();
        }

        using WriteAheadLog last = WalWorld.Open(disk);
        Assert.Equal(37 + (60 * 41), last.LastIndex(1));
    }

    [Fact]
    public void Random_bytes_are_never_a_record_header()
    {
        SplittableRandom random = new(11);
        byte[] bytes = new byte[RecordHeader.Bytes];
        for (int i = 0; i < WalWorld.Rounds(200_000); i++)
        {
            random.NextBytes(bytes);
            bytes[16] = (byte)(1 + random.Next(9));
            bytes[17] = (byte)random.Next(4);
            bytes[19] = 0;
            Assert.False(RecordHeader.TryRead(bytes, 5, 8192, out _));
        }
    }

    [Fact]
    public void A_log_of_random_bytes_opens_empty_or_is_reported()
    {
        SplittableRandom random = new(12);
        for (int round = 0; round < WalWorld.Rounds(50); round++)
        {
            (SimulatedDisk disk, string file, int used) = WriteLog(close: false);
            byte[] content = disk.ReadFile(file);
            int from = 4096 + random.Next(used - 4096);
            random.NextBytes(content.AsSpan(from, 1 + random.Next(20_000)));
            disk.WriteFile(file, content);
            try
            {
                using WriteAheadLog log = WalWorld.Open(disk);
                Assert.NotNull(log.Recovery.TornTail);
                Assert.All(WalWorld.Text(log).Split(' ', '\n'), word => Assert.Contains(word, Whole, StringComparison.Ordinal));
            }
            catch (StorageCorruptException error)
            {
                Assert.Equal(file, error.File);
            }
        }
    }

    private static (SimulatedDisk Disk, string File, int Used) WriteLog(bool close)
    {
        SimulatedDisk disk = WalWorld.Disk();
        WriteAheadLog log = WalWorld.Open(disk);
        log.Append(WalWorld.With(batch =>
        {
            batch.SetState(1, "state"u8);
            batch.AddEntry(1, 1, 1, 0, "first entry"u8);
        }));
        log.Append(WalWorld.Entry(1, 2, 1, "second"));
        log.Append(WalWorld.Entry(2, 1, 1, "other"));
        log.Append(WalWorld.Entry(1, 3, 2, "third entry"));
        Assert.Equal(Whole, WalWorld.Text(log));
        if (close)
            log.Dispose();
        string file = disk.Files().Single();
        int used = disk.ReadFile(file).AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
        return (disk, file, (used + 7) & -8);
    }

    private static string OpenChanged(SimulatedDisk disk, string file, byte[] content, int offset, out bool reported)
    {
        byte[] changed = (byte[])content.Clone();
        changed[offset] ^= 0x04;
        disk.WriteFile(file, changed);
        try
        {
            using WriteAheadLog log = WalWorld.Open(disk);
            reported = log.Recovery.TornTail is { } tail && tail.File == file && tail.Offset <= offset;
            return WalWorld.Text(log);
        }
        catch (StorageCorruptException error)
        {
            reported = error.File == file && error.Offset <= offset;
            return reported ? "damage" : "damage in the wrong place";
        }
    }
}
