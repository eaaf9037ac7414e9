using RaftKv.Raft;
using RaftKv.Storage.Wal;
using RaftKv.Testing.Disk;

namespace RaftKv.Storage.Tests.Wal;

/// <summary>Damage is told exactly, what follows it is kept, and what was lost is never answered with something else.</summary>
public sealed class WalDamageTests
{
    private static WalOptions Keep => new()
    {
        SegmentBytes = WalWorld.SegmentBytes,
        KeepWhatFollowsDamage = true,
        CompressionThresholdBytes = int.MaxValue,
        PreparesAhead = false,
    };

    [Fact]
    public void A_damaged_payload_costs_that_entry_only_and_its_tag_is_still_known()
    {
        (SimulatedDisk disk, string file) = WriteTen();
        WalRecordInfo fourth = Find(disk, file, index: 4);
        disk.Corrupt(file, fourth.Offset + 70);
        Assert.Throws<StorageCorruptException>(() => WalWorld.Open(disk));
        using WriteAheadLog log = WriteAheadLog.Open(disk.Root, Keep);
        WalDamage damage = Assert.Single(log.Recovery.Damage);
        Assert.Equal((WalDamageKind.Records, file, fourth.Offset, true), (damage.Kind, damage.File, damage.Offset, damage.LossIsKnown));
        Assert.Equal(new WalLoss(1, 4, 4, false), Assert.Single(damage.Lost));
        Assert.Equal((10, 40), (log.LastIndex(1), log.Tag(1, 4)));
        List<WalEntry> entries = [];
        Assert.Equal(3, log.Read(1, 1, 3, 1000, entries));
        Assert.Equal(6, log.Read(1, 5, 10, 1000, entries));
        StorageCorruptException error = Assert.Throws<StorageCorruptException>(() => log.Read(1, 4, 4, 1000, entries));
        Assert.Equal((file, fourth.Offset), (error.File, error.Offset));
    }

    [Fact]
    public void Several_records_gone_cost_exactly_their_entries()
    {
        (SimulatedDisk disk, string file) = WriteTen();
        Wipe(disk, file, Find(disk, file, index: 3).Offset, Find(disk, file, index: 6).Offset);
        using (WriteAheadLog log = WriteAheadLog.Open(disk.Root, Keep))
        {
            Assert.Equal(new WalLoss(1, 3, 5, false), Assert.Single(Assert.Single(log.Recovery.Damage).Lost));
            Assert.Equal(WriteAheadLog.UnknownTag, log.Tag(1, 4));
            Assert.Throws<StorageCorruptException>(() => log.Read(1, 4, 4, 1000, []));
            Assert.Equal(5, log.Read(1, 6, 10, 1000, []));
            log.Append(WalWorld.Entry(1, 11, 110, "eleven"));
        }

        using WriteAheadLog again = WriteAheadLog.Open(disk.Root, Keep);
        Assert.Equal(6, again.Read(1, 6, 11, 1000, []));
        Assert.Single(again.Recovery.Damage);
    }

    [Fact]
    public void What_the_device_cannot_read_is_damage_like_any_other_and_its_neighbours_are_read()
    {
        (SimulatedDisk disk, string file) = WriteTen(bytes: 3000);
        WalRecordInfo fourth = Find(disk, file, index: 4);
        disk.MakeUnreadable(file, (fourth.Offset + 3000) / 4096 * 4096, 4096);
        StorageCorruptException refused = Assert.Throws<StorageCorruptException>(() => WalWorld.Open(disk));
        using WriteAheadLog log = WriteAheadLog.Open(disk.Root, Keep);
        Assert.Equal((refused.File, refused.Offset), (log.Recovery.Damage[0].File, log.Recovery.Damage[0].Offset));
        long[] lost = [.. log.Recovery.Damage.SelectMany(damage => damage.Lost).SelectMany(Indexes).Select(lost => lost.Index)];
        Assert.Contains(4, lost);
        for (int index = 1; index <= 10; index++)
        {
            if (lost.Contains(index))
                Assert.Throws<StorageCorruptException>(() => log.Read(1, index, index, 1000, []));
            else
                Assert.Equal(1, log.Read(1, index, index, 1000, []));
        }
        Assert.True(lost.Length <= 3, $"{lost.Length} entries are lost.");
        Assert.Equal([file + ".damaged"], log.CopyDamaged());
    }

    [Fact]
    public void A_log_whose_end_cannot_be_read_is_not_taken_for_a_torn_one()
    {
        (SimulatedDisk disk, string file) = WriteTen();
        WalRecordInfo last = Find(disk, file, index: 10);
        disk.MakeUnreadable(file, last.Offset, 1);
        StorageCorruptException error = Assert.Throws<StorageCorruptException>(() => WriteAheadLog.Open(disk.Root, Keep));
        Assert.Contains("the device cannot read the place where the log ends", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_device_that_refuses_everything_is_not_read_to_the_end()
    {
        SimulatedDisk disk = WalWorld.Disk();
        using (WriteAheadLog log = WriteAheadLog.Open(disk.Root, new WalOptions { SegmentBytes = 1 << 20, PreparesAhead = false }))
            log.Append(WalWorld.Entry(1, 1, 10, "one"));
        disk.MakeUnreadable(disk.Files().Single(), 4096, 1 << 20);
        long before = disk.Reads;
        Assert.Throws<StorageIoException>(() => WriteAheadLog.Open(disk.Root, Keep));
        Assert.InRange(disk.Reads - before, 2, 200);
    }

    [Fact]
    public void Lost_entries_that_are_put_back_are_whole_again_and_no_longer_reported()
    {
        (SimulatedDisk disk, string file) = WriteTen();
        Wipe(disk, file, Find(disk, file, index: 3).Offset, Find(disk, file, index: 6).Offset);
        using (WriteAheadLog log = WriteAheadLog.Open(disk.Root, Keep))
        {
            log.Append(WalWorld.With(batch =>
            {
                batch.AddRepair(1, 5, 50, 0, "entry 5"u8);
                batch.AddRepair(1, 3, 30, 0, "entry 3"u8);
            }));
            Assert.Throws<ArgumentException>(() => log.Append(WalWorld.With(batch => batch.AddRepair(1, 11, 1, 0, []))));
            Assert.Throws<StorageCorruptException>(() => log.Read(1, 4, 4, 1000, []));
        }

        using (WriteAheadLog log = WriteAheadLog.Open(disk.Root, Keep))
        {
            Assert.Equal(new WalLoss(1, 4, 4, false), Assert.Single(Assert.Single(log.Recovery.Damage).Lost));
            log.Append(WalWorld.With(batch => batch.AddRepair(1, 4, 40, 0, "entry 4"u8)));
            Assert.Equal(10, WalWorld.ReadAll(log, 1).Count);
        }

        using WriteAheadLog whole = WriteAheadLog.Open(disk.Root, Keep);
        Assert.Empty(Assert.Single(whole.Recovery.Damage).Lost);
        Assert.Equal(
            Enumerable.Range(1, 10).Select(i => $"{i}/{i * 10}:entry {i}"),
            WalWorld.ReadAll(whole, 1).Select(e => $"{e.Index}/{e.Tag}:{System.Text.Encoding.ASCII.GetString(e.Payload.Span)}"));
        Assert.Equal(Enumerable.Range(1, 10).Select(i => ((long)i, i * 10L)), whole.TagRuns(1));
    }

    [Fact]
    public void A_repaired_entry_keeps_its_new_segment_and_frees_the_old_one_in_its_turn()
    {
        SimulatedDisk disk = WalWorld.Disk();
        using (WriteAheadLog log = WalWorld.Open(disk))
        {
            for (int i = 1; i <= 200; i++)
                log.Append(WalWorld.With(batch => batch.AddEntry(1, i, 7, 0, new byte[1000])));
            log.Append(WalWorld.With(batch => batch.AddRepair(1, 150, 8, 0, "again"u8)));
            Assert.Equal([(1L, 7L), (150L, 8L), (151L, 7L)], log.TagRuns(1));
            log.Append(WalWorld.With(batch => batch.AddRepair(1, 150, 7, 0, "again"u8)));
            Assert.Equal([(1L, 7L)], log.TagRuns(1));
            log.Release(1, 149);
            log.Append(WalWorld.Entry(1, 201, 7, "more"));
        }

        using WriteAheadLog again = WalWorld.Open(disk);
        List<WalEntry> entries = WalWorld.ReadAll(again, 1);
        Assert.Equal((52, "again"), (entries.Count, System.Text.Encoding.ASCII.GetString(entries[0].Payload.Span)));
    }

    [Fact]
    public void A_replacement_that_was_lost_takes_what_it_replaced_with_it()
    {
        (SimulatedDisk disk, string file) = WriteTen(log =>
        {
            log.Append(WalWorld.Entry(1, 8, 801, "new eight"));
            log.Append(WalWorld.Entry(1, 9, 901, "new nine"));
        });
        WalRecordInfo eight = WalInspector.Records(disk.Root, file).Last(record => record.Index == 8);
        Wipe(disk, file, eight.Offset, eight.Offset + 64);
        using WriteAheadLog log = WriteAheadLog.Open(disk.Root, Keep);
        Assert.Equal(new WalLoss(1, 8, 8, false), Assert.Single(Assert.Single(log.Recovery.Damage).Lost));
        Assert.Equal((9, 901), (log.LastIndex(1), log.Tag(1, 9)));
        Assert.Throws<StorageCorruptException>(() => log.Read(1, 8, 8, 1000, []));
    }

    [Fact]
    public void A_lost_state_is_reported_until_a_later_one_is_found()
    {
        (SimulatedDisk disk, string file) = WriteTen(log =>
        {
            log.Append(WalWorld.With(batch => batch.SetState(1, "old"u8)));
            log.Append(WalWorld.With(batch => batch.SetState(1, "lost"u8)));
            log.Append(WalWorld.Entry(1, 11, 110, "eleven"));
        });
        WalRecordInfo state = WalInspector.Records(disk.Root, file).Last(record => record.Type == "State");
        Wipe(disk, file, state.Offset, state.Offset + 64);
        using WriteAheadLog log = WriteAheadLog.Open(disk.Root, Keep);
        Assert.Equal(new WalLoss(1, 1, 0, true), Assert.Single(Assert.Single(log.Recovery.Damage).Lost));
        log.Append(WalWorld.With(batch => batch.SetState(1, "new"u8)));
        log.Dispose();
        using WriteAheadLog again = WriteAheadLog.Open(disk.Root, Keep);
        Assert.Empty(Assert.Single(again.Recovery.Damage).Lost);
        Assert.Equal("new"u8.ToArray(), again.State(1).ToArray());
    }

    [Fact]
    public void A_missing_segment_costs_exactly_the_entries_it_held()
    {
        SimulatedDisk disk = WalWorld.Disk();
        using (WriteAheadLog log = WalWorld.Open(disk))
        {
            log.Append(WalWorld.With(batch => batch.SetState(1, "state"u8)));
            for (int i = 1; i <= 300; i++)
                log.Append(WalWorld.With(batch => batch.AddEntry(1, i, i, 0, new byte[1000])));
        }

        string file = disk.Files()[2];
        List<long> held = [.. WalInspector.Records(disk.Root, file).Where(record => record.Type == "Entry").Select(record => record.Index)];
        disk.Root.Delete(file);
        WalVerification verification = WalInspector.Verify(disk.Root);
        using WriteAheadLog log2 = WriteAheadLog.Open(disk.Root, Keep);
        WalDamage damage = Assert.Single(log2.Recovery.Damage);
        Assert.Equal((WalDamageKind.MissingSegment, file, true), (damage.Kind, damage.File, damage.LossIsKnown));
        Assert.Equal(new WalLoss(1, held[0], held[^1], false), Assert.Single(damage.Lost));
        Assert.False(verification.IsSound);
        Assert.Equal(damage.Lost, verification.Damage[0].Lost);
        Assert.Equal((300, "state"), (log2.LastIndex(1), System.Text.Encoding.ASCII.GetString(log2.State(1).Span)));
    }

    [Fact]
    public void A_foreign_segment_and_a_newer_format_are_told_apart_and_nothing_is_touched()
    {
        (SimulatedDisk disk, string file) = WriteTen();
        SimulatedDisk other = WalWorld.Disk();
        WriteAheadLog.Open(other.Root, new WalOptions { SegmentBytes = WalWorld.SegmentBytes, Identity = 99 }).Dispose();
        string second = SegmentHeader.FileName(2);
        byte[] foreign = other.ReadFile(other.Files()[0]);
        new SegmentHeader(99, 2, WalWorld.SegmentBytes).Write(foreign.AsSpan(0, SegmentHeader.AreaBytes));
        disk.WriteFile(second, foreign);
        WalFormatException error = Assert.Throws<WalFormatException>(() => WriteAheadLog.Open(disk.Root, Keep));
        Assert.Equal((WalDamageKind.ForeignSegment, second), (error.Damage.Kind, error.Damage.File));
        Assert.Equal(foreign, disk.ReadFile(second));
        disk.Root.Delete(second);

        byte[] newer = disk.ReadFile(file);
        foreach (int copy in new[] { 0, SegmentHeader.SecondCopyOffset })
        {
            newer[copy + 8] = 2;
            BitConverter.TryWriteBytes(newer.AsSpan(copy + 60), Crc32C.Compute(newer.AsSpan(copy, 60)));
        }

        disk.WriteFile(file, newer);
        error = Assert.Throws<WalFormatException>(() => WriteAheadLog.Open(disk.Root, Keep));
        Assert.Equal((WalDamageKind.NewerFormat, file), (error.Damage.Kind, error.Damage.File));
        Assert.Equal(newer, disk.ReadFile(file));
    }

    [Fact]
    public void Whatever_is_damaged_before_the_last_segment_each_entry_is_right_or_reported_lost()
    {
        for (ulong seed = 0; seed < (ulong)WalWorld.Rounds(150); seed++)
        {
            SplittableRandom random = new(seed);
            SimulatedDisk disk = WalWorld.Disk(seed);
            WalModel model = new();
            using (WriteAheadLog log = WriteAheadLog.Open(disk.Root, Keep))
            {
                for (int step = 0; step < 60 || disk.Files().Count < 3; step++)
                {
                    (WalBatch batch, model) = model.DrawBatch(random, random.Chance(0.1) ? 9000 : 300);
                    log.Append(batch);
                }
            }

            foreach (string file in disk.Files().SkipLast(1))
                Damage(disk, file, random);
            using WriteAheadLog opened = WriteAheadLog.Open(disk.Root, Keep);
            Assert.All(opened.Recovery.Damage, damage => Assert.True(damage.LossIsKnown, $"seed {seed}: {damage}"));
            Assert.True(opened.Recovery.Damage.Count > 0);
            HashSet<(long, long)> lost = [.. opened.Recovery.Damage.SelectMany(damage => damage.Lost).SelectMany(Indexes)];
            Assert.True(model.DifferenceBesides(opened, lost) is null, $"seed {seed}: {model.DifferenceBesides(opened, lost)}");
        }
    }

    [Fact]
    public void Whatever_is_damaged_a_group_that_is_not_doubtful_lost_no_more_than_was_reported()
    {
        int doubtful = 0;
        int certain = 0;
        for (ulong seed = 0; seed < (ulong)WalWorld.Rounds(300); seed++)
        {
            SplittableRandom random = new(seed);
            SimulatedDisk disk = WalWorld.Disk(seed);
            WalModel model = new();
            using (WriteAheadLog log = WriteAheadLog.Open(disk.Root, Keep))
            {
                for (int step = 10 + random.Next(80); step > 0; step--)
                {
                    (WalBatch batch, model) = model.DrawBatch(random, 300);
                    log.Append(batch);
                }
            }

            // Without its mark the end of a log is taken for one that a crash tore.
            string file = disk.Files()[^1];
            byte[] content = disk.ReadFile(file);
            WalRecordInfo mark = WalInspector.Records(disk.Root, file)[^1];
            Assert.Equal("Mark", mark.Type);
            int offset = 4096 + random.Next((int)mark.Offset - 4096);
            int length = Math.Min((int)mark.Offset - offset, random.Chance(0.5) ? 1 : random.Next(2000));
            for (int at = offset; at < offset + length; at++)
                content[at] ^= 0x5A;
            disk.WriteFile(file, content);
            using WriteAheadLog opened = WriteAheadLog.Open(disk.Root, Keep);
            HashSet<(long, long)> lost = [.. opened.Recovery.Damage.SelectMany(damage => damage.Lost).SelectMany(Indexes)];
            Assert.True(model.DifferenceBesides(opened, lost) is null, $"seed {seed}: {model.DifferenceBesides(opened, lost)}");
            doubtful += opened.Recovery.DoubtfulGroups.Count;
            certain += opened.Groups.Count - opened.Recovery.DoubtfulGroups.Count;
        }

        Assert.True(doubtful > 20 && certain > 200, $"{doubtful} doubtful groups, {certain} others");
    }

    [Fact]
    public void Damaged_segments_are_copied_once_under_another_name()
    {
        (SimulatedDisk disk, string file) = WriteTen();
        disk.Corrupt(file, Find(disk, file, index: 4).Offset + 70);
        byte[] damaged = disk.ReadFile(file);
        using WriteAheadLog log = WriteAheadLog.Open(disk.Root, Keep);
        Assert.Equal([file + ".damaged"], log.CopyDamaged());
        Assert.Equal(damaged, disk.ReadFile(file + ".damaged"));
        log.Append(WalWorld.Entry(1, 11, 110, "eleven"));
        Assert.Equal([file + ".damaged"], log.CopyDamaged());
        Assert.Equal(damaged, disk.ReadFile(file + ".damaged"));
        disk.Crash();
        Assert.Equal(damaged, disk.ReadFile(file + ".damaged"));
    }

    private static IEnumerable<(long Group, long Index)> Indexes(WalLoss loss)
    {
        for (long index = loss.FirstIndex; index <= loss.LastIndex; index++)
            yield return (loss.Group, index);
    }

    private static void Damage(SimulatedDisk disk, string file, SplittableRandom random)
    {
        byte[] content = disk.ReadFile(file);
        int used = content.AsSpan().LastIndexOfAnyExcept((byte)0);
        int spots = 1 + random.Next(3);
        for (int i = 0; i < spots; i++)
        {
            int offset = 4300 + random.Next(used - 4300);
            int length = Math.Min(used - offset, random.Chance(0.5) ? 1 : random.Next(3000));
            for (int at = offset; at <= offset + length; at++)
                content[at] ^= 0x5A;
        }

        disk.WriteFile(file, content);
    }

    private static (SimulatedDisk Disk, string File) WriteTen(Action<WriteAheadLog>? more = null, int bytes = 0)
    {
        SimulatedDisk disk = WalWorld.Disk();
        using (WriteAheadLog log = WalWorld.Open(disk))
        {
            for (int i = 1; i <= 10; i++)
                log.Append(WalWorld.Entry(1, i, i * 10, $"entry {i}".PadRight(bytes)));
            more?.Invoke(log);
        }

        return (disk, disk.Files().Single());
    }

    private static WalRecordInfo Find(SimulatedDisk disk, string file, long index) =>
        WalInspector.Records(disk.Root, file).First(record => record.Type == "Entry" && record.Index == index);

    private static void Wipe(SimulatedDisk disk, string file, long from, long to)
    {
        byte[] content = disk.ReadFile(file);
        content.AsSpan((int)from, (int)(to - from)).Fill(0xEE);
        disk.WriteFile(file, content);
    }
}
