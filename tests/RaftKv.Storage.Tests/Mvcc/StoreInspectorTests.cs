using RaftKv.Raft;
using RaftKv.Storage.Disk;
using RaftKv.Storage.Mvcc;
using RaftKv.Testing.Disk;

namespace RaftKv.Storage.Tests.Mvcc;

/// <summary>A store is looked at without opening it for work: what is told is what was written, and no byte changes.</summary>
public class StoreInspectorTests
{
    [Fact]
    public void A_directory_without_a_store_is_named_and_stays_empty()
    {
        var disk = new SimulatedDisk(new SplittableRandom(1));
        Assert.Contains("holds no store.db", Assert.Throws<ArgumentException>(() => StoreInspector.Inspect(disk.Root)).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => StoreInspector.Check(disk.Root));
        Assert.False(((IStorageDirectory)disk.Root).Exists("store.db"));
    }

    [Fact]
    public void What_the_last_checkpoint_holds_is_told_and_no_byte_changes()
    {
        (SimulatedDisk disk, VersionModel model, StorePosition position) = Make();
        byte[] before = disk.ReadFile("store.db");
        StoreInspection inspection = StoreInspector.Inspect(disk.Root);
        Assert.Equal(1024, inspection.PageSizeBytes);
        Assert.Equal(model.Revision, inspection.Revision);
        Assert.Equal(model.Compacted, inspection.CompactedRevision);
        Assert.Equal(position, inspection.Applied);
        Assert.Equal(model.At(new RangeQuery { Key = new byte[1], RangeEnd = new byte[1] }, long.MaxValue).Count, inspection.Keys);
        Assert.InRange(inspection.FreeBytes, 1, inspection.FileBytes);

        List<StoreProgress> progress = [];
        CheckReport report = StoreInspector.Check(disk.Root, progress.Add);
        Assert.Empty(report.Defects);
        Assert.Equal(report.PagesReachable, progress[^1].Done);
        Assert.Equal(progress[^1].Total, progress[^1].Done);
        Assert.Equal(before, disk.ReadFile("store.db"));
    }

    [Fact]
    public void Damage_in_a_page_is_listed()
    {
        (SimulatedDisk disk, _, _) = Make();
        byte[] bytes = disk.ReadFile("store.db");
        bytes.AsSpan(8192).Fill(0x55);
        disk.WriteFile("store.db", bytes);
        Assert.ThrowsAny<StorageCorruptException>(() => StoreInspector.Inspect(disk.Root));
    }

    private static (SimulatedDisk Disk, VersionModel Model, StorePosition Position) Make()
    {
        var disk = new SimulatedDisk(new SplittableRandom(1));
        var scenario = new MvccScenario(new SplittableRandom(7), 60, 200);
        using MvccStore store = MvccStore.Open(disk.Root, new MvccOptions { PageSizeBytes = 1024 });
        for (int i = 0; i < 40; i++)
        {
            scenario.Batch(store);
            if (i % 10 == 9)
                store.Checkpoint();
        }
        return (disk, scenario.Model.Copy(), store.Durable);
    }
}
