using RaftKv.Storage.Wal;
using RaftKv.Testing.Disk;

namespace RaftKv.Storage.Tests.Wal;

/// <summary>Two batches shared a write, a crash kept only the second: it must be gone for good, whatever is appended next.</summary>
public sealed class LeftoverTests
{
    private const int SectorBytes = 512;

    [Fact]
    public void A_torn_write_never_comes_back_to_life_behind_an_append_of_the_same_bytes()
    {
        SimulatedDisk disk = WalWorld.Disk();
        WriteTogether(disk, Large(1), Large(2));
        string file = disk.Files().Single();
        LoseSector(disk, file, (4096 / SectorBytes) + 1);
        using (WriteAheadLog log = WalWorld.Open(disk))
        {
            Assert.Equal(0, log.LastIndex(1));
            Assert.Equal((file, 4096 + 64), (log.Recovery.TornTail?.File, log.Recovery.TornTail?.Offset));
            log.Append(Large(1));
            disk.Crash();
        }

        using WriteAheadLog again = WalWorld.Open(disk);
        Assert.Equal(1, again.LastIndex(1));
    }

    [Fact]
    public void A_write_that_failed_never_comes_back_to_life_behind_an_append_of_the_same_bytes()
    {
        SimulatedDisk disk = WalWorld.Disk();
        bool lie = false;
        disk.Faults = operation => lie && operation.Kind == DiskOperationKind.Write ? DiskFault.FailAfter : DiskFault.None;
        RecoveredLog recovered = LogOpener.Open(disk.Root, WalWorld.Options);
        LogWriter writer = new(new LogState(recovered), recovered, WalWorld.Options);
        writer.Commit([Request(WalWorld.With(batch => batch.SetState(1, "s"u8)))]);
        lie = true;
        AppendRequest[] failed = [Request(Large(1)), Request(Large(2))];
        writer.Commit([.. failed]);
        Assert.All(failed, request => Assert.IsType<StorageIoException>(request.Error));
        lie = false;
        AppendRequest retried = Request(Large(1));
        writer.Commit([retried]);
        Assert.Null(retried.Error);
        disk.Crash();
        using WriteAheadLog again = WalWorld.Open(disk);
        Assert.Equal(1, again.LastIndex(1));
    }

    private static void WriteTogether(SimulatedDisk disk, params WalBatch[] batches)
    {
        RecoveredLog recovered = LogOpener.Open(disk.Root, WalWorld.Options);
        LogWriter writer = new(new LogState(recovered), recovered, WalWorld.Options);
        writer.Commit([.. batches.Select(Request)]);
        recovered.Segments.ForEach(segment => segment.Dispose());
    }

    private static WalBatch Large(long index) =>
        WalWorld.With(batch => batch.AddEntry(1, index, 1, 0, Enumerable.Repeat((byte)7, 1000).ToArray()));

    private static AppendRequest Request(WalBatch batch)
    {
        AppendRequest request = new();
        request.Reset(batch);
        return request;
    }

    private static void LoseSector(SimulatedDisk disk, string file, int sector)
    {
        byte[] content = disk.ReadFile(file);
        content.AsSpan(sector * SectorBytes, SectorBytes).Clear();
        disk.WriteFile(file, content);
    }
}
