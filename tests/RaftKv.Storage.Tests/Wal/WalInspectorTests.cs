using RaftKv.Storage.Wal;
using RaftKv.Testing.Disk;

namespace RaftKv.Storage.Tests.Wal;

/// <summary>Looking at a log offline tells what it holds and changes nothing.</summary>
public sealed class WalInspectorTests
{
    [Fact]
    public void A_directory_without_a_log_is_sound_and_stays_empty()
    {
        SimulatedDisk disk = WalWorld.Disk();
        WalVerification verification = WalInspector.Verify(disk.Root);
        Assert.True(verification.IsSound);
        Assert.Empty(verification.Segments);
        Assert.Empty(disk.Files());
    }

    [Fact]
    public void Segments_groups_and_progress_are_told_and_no_byte_changes()
    {
        SimulatedDisk disk = WalWorld.Disk();
        using (WriteAheadLog log = WalWorld.Open(disk))
        {
            log.Append(WalWorld.With(batch => batch.SetState(3, "three"u8)));
            for (int i = 1; i <= 100; i++)
                log.Append(WalWorld.With(batch => batch.AddEntry(1, i, i, 0, new byte[1000])));
        }

        long operations = disk.Operations;
        List<WalProgress> progress = [];
        WalVerification verification = WalInspector.Verify(disk.Root, progress.Add);
        Assert.True(verification.IsSound);
        Assert.Null(verification.TornTail);
        Assert.Equal(disk.Files(), verification.Segments.Select(segment => segment.File));
        Assert.Equal([true, false], verification.Segments.Select(segment => segment.IsSealed));
        Assert.Equal([new WalGroupInfo(1, 1, 100, 0), new WalGroupInfo(3, 1, 0, 5)], verification.Groups);
        Assert.Equal([0, 1], progress.Select(step => step.SegmentsDone));
        Assert.Equal(operations, disk.Operations);
    }

    [Fact]
    public void The_records_of_a_segment_are_listed_in_order_with_their_types()
    {
        SimulatedDisk disk = WalWorld.Disk();
        using (WriteAheadLog log = WalWorld.Open(disk))
        {
            log.Append(WalWorld.Entry(1, 1, 4, "one"));
            log.Release(1, 1);
            log.Append(WalWorld.With(batch => batch.SetState(1, "state"u8)));
        }

        IReadOnlyList<WalRecordInfo> records = WalInspector.Records(disk.Root, disk.Files()[0]);
        Assert.Equal(["SegmentStart", "Entry", "Release", "State", "Mark"], records.Select(record => record.Type));
        Assert.Equal(new WalRecordInfo(4160, "Entry", 1, 1, 4, 0, 3, 3), records[1]);
        Assert.Throws<ArgumentException>(() => WalInspector.Records(disk.Root, "LOCK"));
    }

    [Fact]
    public void A_torn_end_is_told_and_left_as_it_is()
    {
        SimulatedDisk disk = WalWorld.Disk();
        WriteAheadLog log = WalWorld.Open(disk);
        log.Append(WalWorld.Entry(1, 1, 1, "whole"));
        log.Append(WalWorld.Entry(1, 2, 1, "torn"));
        string file = disk.Files()[0];
        WalRecordInfo last = WalInspector.Records(disk.Root, file)[^1];
        disk.Corrupt(file, last.Offset + 64);
        WalVerification verification = WalInspector.Verify(disk.Root);
        Assert.Equal((file, last.Offset), (verification.TornTail?.File, verification.TornTail?.Offset));
        Assert.Equal(verification.TornTail, WalInspector.Verify(disk.Root).TornTail);
        Assert.Equal(1, verification.Groups[0].LastIndex);
    }
}
