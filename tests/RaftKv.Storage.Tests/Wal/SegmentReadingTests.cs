using RaftKv.Storage.Wal;
using RaftKv.Testing.Disk;

namespace RaftKv.Storage.Tests.Wal;

/// <summary>Opening reads one segment by a thread of its own, beside the one before; what that meets is told to who opens the log.</summary>
public sealed class SegmentReadingTests
{
    private static WalOptions Beside => new() { SegmentBytes = WalWorld.SegmentBytes, Identity = WalWorld.Options.Identity };

    [Fact]
    public void Damage_in_a_segment_that_is_read_beside_is_told_as_without()
    {
        SimulatedDisk disk = WriteThreeSegments();
        disk.Corrupt(SegmentHeader.FileName(2), WalWorld.SegmentBytes / 2);
        StorageCorruptException without = Assert.Throws<StorageCorruptException>(() => WalWorld.Open(disk));
        StorageCorruptException beside = Assert.Throws<StorageCorruptException>(() => WriteAheadLog.Open(disk.Root, Beside));
        Assert.Equal(SegmentHeader.FileName(2), beside.File);
        Assert.Equal((without.Offset, without.Message), (beside.Offset, beside.Message));
    }

    [Fact]
    public void What_goes_wrong_while_a_segment_is_read_beside_is_told_to_who_opens_the_log()
    {
        SimulatedDisk disk = WriteThreeSegments();
        string second = SegmentHeader.FileName(2);
        Thread? reader = null;
        disk.Faults = operation =>
        {
            if (operation.Kind != DiskOperationKind.Read || operation.Path != second || operation.Offset < SegmentHeader.AreaBytes)
                return DiskFault.None;
            reader = Thread.CurrentThread;
            throw new InvalidOperationException("the segment cannot be read");
        };
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => WriteAheadLog.Open(disk.Root, Beside));
        Assert.Equal("the segment cannot be read", error.Message);
        Assert.NotNull(reader);
        Assert.NotSame(Thread.CurrentThread, reader);

        disk.Faults = null;
        using WriteAheadLog log = WriteAheadLog.Open(disk.Root, Beside);
        Assert.Empty(log.Recovery.Damage);
    }

    [Fact]
    public void A_file_that_cannot_be_opened_leaves_none_of_the_others_open()
    {
        SimulatedDisk disk = WriteThreeSegments();
        disk.Faults = operation => operation.Path == SegmentHeader.FileName(2)
            ? throw new StorageFailedException("the segment cannot be opened")
            : DiskFault.None;
        Assert.Throws<StorageFailedException>(() => WriteAheadLog.Open(disk.Root, Beside));
        disk.Faults = null;
        foreach (string file in disk.Files())
            disk.Root.Rename(file, file + ".away");
    }

    private static SimulatedDisk WriteThreeSegments()
    {
        SimulatedDisk disk = WalWorld.Disk();
        using WriteAheadLog log = WalWorld.Open(disk);
        string payload = new('x', 2000);
        for (int index = 1; !disk.Files().Contains(SegmentHeader.FileName(3)); index++)
            log.Append(WalWorld.Entry(1, index, index, payload));
        return disk;
    }
}
