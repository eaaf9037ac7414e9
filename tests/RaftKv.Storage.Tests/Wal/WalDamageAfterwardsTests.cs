using System.Text;
using RaftKv.Storage.Wal;
using RaftKv.Testing.Disk;

namespace RaftKv.Storage.Tests.Wal;

/// <summary>A damaged log that goes on: what one opening told stays true at the next, whatever is released and written between them.</summary>
public sealed class WalDamageAfterwardsTests
{
    private static WalOptions Keep => new()
    {
        SegmentBytes = WalWorld.SegmentBytes,
        KeepWhatFollowsDamage = true,
        CompressionThresholdBytes = int.MaxValue,
        PreparesAhead = false,
    };

    [Fact]
    public void Repaired_entries_are_there_still_when_the_segments_behind_the_damaged_one_are_released()
    {
        SimulatedDisk disk = Write(out int inFirst);
        foreach (WalRecordInfo record in WalInspector.Records(disk.Root, disk.Files()[0]).Where(record => record.Type == "Entry"))
            disk.Corrupt(disk.Files()[0], record.Offset + 70);
        using (WriteAheadLog log = WriteAheadLog.Open(disk.Root, Keep))
        {
            for (int i = 1; i <= inFirst; i++)
                log.Append(WalWorld.With(batch => batch.AddRepair(1, i, i, 0, Encoding.UTF8.GetBytes($"again {i}"))));
            log.Release(2, 1);
            log.Append(WalWorld.Entry(2, 2, 2, "two"));
            Assert.Equal(1, log.FirstIndex(1));
        }

        using WriteAheadLog again = WriteAheadLog.Open(disk.Root, Keep);
        Assert.Equal(1, again.FirstIndex(1));
        Assert.Equal($"again {inFirst}", Encoding.UTF8.GetString(WalWorld.ReadAll(again, 1)[inFirst - 1].Payload.Span));
    }

    [Fact]
    public void Lost_entries_do_not_count_as_released_when_what_was_before_them_is()
    {
        SimulatedDisk disk = Write(out int inFirst);
        string first = disk.Files()[0];
        WalRecordInfo[] records = [.. WalInspector.Records(disk.Root, first)];
        Wipe(disk, first, records.First(record => record.Index == 2 && record.Type == "Entry").Offset, records[^1].Offset);
        using (WriteAheadLog log = WriteAheadLog.Open(disk.Root, Keep))
        {
            Assert.Equal(new WalLoss(1, 2, inFirst, false), Assert.Single(log.Recovery.Damage[0].Lost, loss => loss.Group == 1));
            log.Release(1, 1);
            log.Release(2, 1);
            log.Append(WalWorld.Entry(2, 2, 2, "two"));
        }

        using WriteAheadLog again = WriteAheadLog.Open(disk.Root, Keep);
        Assert.Equal(2, again.FirstIndex(1));
        Assert.Throws<StorageCorruptException>(() => again.Read(1, 2, 2, 1000, []));
    }

    [Fact]
    public void A_state_outlives_the_release_of_its_segment_when_the_next_ones_start_is_damaged()
    {
        SimulatedDisk disk = WalWorld.Disk();
        int last = 0;
        using (WriteAheadLog log = WalWorld.Open(disk))
        {
            log.Append(WalWorld.With(batch => batch.SetState(7, "vote"u8)));
            while (disk.Files().Count < 2)
                log.Append(WalWorld.With(batch => batch.AddEntry(1, ++last, 1, 0, new byte[5000])));
            log.Append(WalWorld.Entry(7, 1, 1, "tells that the state is the last"));
        }

        string second = disk.Files()[1];
        WalRecordInfo entry = WalInspector.Records(disk.Root, second).First(record => record.Type == "Entry");
        Wipe(disk, second, 4096, entry.Offset);
        using (WriteAheadLog log = WriteAheadLog.Open(disk.Root, Keep))
        {
            Assert.DoesNotContain(7, log.Recovery.DoubtfulGroups);
            log.Release(1, last);
            log.Append(WalWorld.Entry(1, last + 1, 1, "more"));
            log.Append(WalWorld.Entry(1, last + 2, 1, "more"));
        }

        using WriteAheadLog again = WriteAheadLog.Open(disk.Root, Keep);
        Assert.Equal("vote", Encoding.UTF8.GetString(again.State(7).Span));
        Assert.Equal(1, again.LastIndex(7));
    }

    [Fact]
    public void A_segment_of_which_no_record_is_left_whole_is_damage_when_a_later_write_began()
    {
        SimulatedDisk disk = WalWorld.Disk();
        WriteAheadLog log = WalWorld.Open(disk);
        int last = 0;
        while (disk.Files().Count < 2)
            log.Append(WalWorld.With(batch => batch.AddEntry(1, ++last, 1, 0, new byte[5000])));
        log.Append(WalWorld.Entry(1, last + 1, 1, "acknowledged or not"));
        disk.Kill();
        string file = disk.Files()[1];
        WalRecordInfo unsure = WalInspector.Records(disk.Root, file)[^1];
        Wipe(disk, file, 4096, unsure.Offset);
        disk.Corrupt(file, unsure.Offset + 70);
        StorageCorruptException error = Assert.Throws<StorageCorruptException>(() => WalWorld.Open(disk));
        Assert.Equal((file, 4096), (error.File, error.Offset));
        using (WriteAheadLog kept = WriteAheadLog.Open(disk.Root, Keep))
        {
            Assert.Equal([1L], kept.Recovery.DoubtfulGroups);
            Assert.Equal(last - 1, kept.LastIndex(1));
            kept.Append(WalWorld.Entry(1, last, 2, "after"));
        }

        using WriteAheadLog again = WriteAheadLog.Open(disk.Root, Keep);
        Assert.Equal((file, 4096), (Assert.Single(again.Recovery.Damage).File, again.Recovery.Damage[0].Offset));
        Assert.Equal((last, 2), (again.LastIndex(1), again.Tag(1, last)));
    }

    [Fact]
    public void An_append_behind_a_damaged_last_record_makes_no_new_damage()
    {
        SimulatedDisk disk = WalWorld.Disk();
        WriteAheadLog log = WalWorld.Open(disk);
        for (int i = 1; i <= 3; i++)
            log.Append(WalWorld.Entry(1, i, i, "entry"));
        disk.Kill();
        string file = disk.Files()[0];
        foreach (WalRecordInfo record in WalInspector.Records(disk.Root, file).Where(record => record.Index >= 2))
            disk.Corrupt(file, record.Offset + 65);
        using (WriteAheadLog kept = WriteAheadLog.Open(disk.Root, Keep))
        {
            Assert.Equal(2, kept.LastIndex(1));
            Assert.Single(kept.Recovery.Damage);
            kept.Append(WalWorld.Entry(1, 3, 3, "after"));
        }

        using WriteAheadLog again = WriteAheadLog.Open(disk.Root, Keep);
        WalDamage damage = Assert.Single(again.Recovery.Damage);
        Assert.True(damage.LossIsKnown, damage.What);
    }

    [Fact]
    public void A_group_lost_from_the_start_of_the_oldest_segment_is_not_taken_for_told()
    {
        SimulatedDisk disk = WalWorld.Disk();
        using (WriteAheadLog log = WalWorld.Open(disk))
        {
            log.Append(WalWorld.With(batch =>
            {
                for (int group = 1; group <= 3; group++)
                    batch.SetState(group, "vote"u8);
            }));
            int last = 0;
            while (disk.Files().Count < 2)
                log.Append(WalWorld.With(batch => batch.AddEntry(1, ++last, 1, 0, new byte[5000])));
            log.Release(1, last - 1);
            log.Append(WalWorld.Entry(1, last + 1, 1, "more"));
        }

        string second = disk.Files().Single(file => file.EndsWith("2.wal", StringComparison.Ordinal));
        WalRecordInfo lost = WalInspector.Records(disk.Root, second).Single(record => record.Type == "GroupStart" && record.Group == 2);
        Wipe(disk, second, lost.Offset, lost.Offset + 64);
        using WriteAheadLog opened = WriteAheadLog.Open(disk.Root, Keep);
        Assert.Equal([1L, 3L], opened.Groups);
        Assert.True(opened.Recovery.MayLackGroups);
    }

    [Fact]
    public void A_state_that_an_earlier_segment_holds_too_is_not_lost()
    {
        SimulatedDisk disk = WalWorld.Disk();
        using (WriteAheadLog log = WalWorld.Open(disk))
        {
            log.Append(WalWorld.With(batch => batch.SetState(7, "vote"u8)));
            for (int i = 1; disk.Files().Count < 2; i++)
                log.Append(WalWorld.With(batch => batch.AddEntry(1, i, 1, 0, new byte[5000])));
        }

        string second = disk.Files()[1];
        WalRecordInfo start = WalInspector.Records(disk.Root, second).Single(record => record.Type == "GroupStart" && record.Group == 7);
        disk.Corrupt(second, start.Offset + 65);
        using WriteAheadLog opened = WriteAheadLog.Open(disk.Root, Keep);
        Assert.Equal("vote", Encoding.UTF8.GetString(opened.State(7).Span));
        Assert.Empty(Assert.Single(opened.Recovery.Damage).Lost);
        Assert.Empty(opened.Recovery.DoubtfulGroups);
    }

    [Fact]
    public void A_last_batch_of_which_the_device_refuses_a_record_is_not_taken_for_a_torn_one()
    {
        SimulatedDisk disk = WalWorld.Disk();
        WriteAheadLog log = WriteAheadLog.Open(disk.Root, Keep);
        log.Append(WalWorld.With(batch =>
        {
            batch.AddEntry(1, 1, 1, 0, "one"u8);
            batch.AddEntry(1, 2, 1, 0, new byte[9000]);
        }));
        disk.Kill();
        disk.MakeUnreadable(disk.Files()[0], 8192, 1);
        StorageCorruptException error = Assert.Throws<StorageCorruptException>(() => WalWorld.Open(disk));
        Assert.Contains("the device cannot read the place where the log ends", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_first_segment_costs_the_entries_it_held()
    {
        SimulatedDisk disk = Write(out int inFirst);
        disk.Root.Delete(disk.Files()[0]);
        using WriteAheadLog opened = WriteAheadLog.Open(disk.Root, Keep);
        WalDamage damage = Assert.Single(opened.Recovery.Damage);
        Assert.Equal(new WalLoss(1, 1, inFirst, false), Assert.Single(damage.Lost, loss => loss.Group == 1));
        Assert.Equal(1, opened.FirstIndex(1));
    }

    // Segments 1 to 3 hold entries of group 1, the first of them also the only one of group 2.
    private static SimulatedDisk Write(out int inFirst)
    {
        SimulatedDisk disk = WalWorld.Disk();
        inFirst = 0;
        using WriteAheadLog log = WriteAheadLog.Open(disk.Root, Keep);
        int last = 0;
        log.Append(WalWorld.Entry(1, ++last, last, "one"));
        log.Append(WalWorld.Entry(2, 1, 1, "one"));
        while (disk.Files().Count < 3)
        {
            inFirst = disk.Files().Count < 2 ? last : inFirst;
            log.Append(WalWorld.With(batch => batch.AddEntry(1, ++last, last, 0, new byte[5000])));
        }

        return disk;
    }

    private static void Wipe(SimulatedDisk disk, string file, long from, long to)
    {
        byte[] content = disk.ReadFile(file);
        content.AsSpan((int)from, (int)(to - from)).Fill(0xEE);
        disk.WriteFile(file, content);
    }
}
