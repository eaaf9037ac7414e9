using RaftKv.Raft;
using RaftKv.Storage.Mvcc;
using RaftKv.Testing.Disk;

namespace RaftKv.Storage.Tests.Mvcc;

/// <summary>Bits rot, writes go astray or get lost: the store says where, and never answers with a wrong value.</summary>
public class MvccDamageTests
{
    private const int PageBytes = 1024;
    private const int RevisionStep = 4;

    private static readonly MvccOptions Options = new() { PageSizeBytes = PageBytes, CacheBytes = 1 << 20 };

    [Fact]
    public void A_flipped_bit_in_any_page_is_reported_with_file_and_offset_and_never_read_as_data()
    {
        (SimulatedDisk disk, VersionModel model) = Filled(7);
        byte[] whole = disk.ReadFile("store.db");
        var random = new SplittableRandom(3);
        int found = 0;
        for (int page = 8; page < whole.Length / PageBytes; page++)
        {
            disk.WriteFile("store.db", whole);
            disk.Corrupt("store.db", (long)page * PageBytes + random.Next(PageBytes), (byte)(1 << random.Next(8)));
            if (IsSeen(disk, model, (long)page * PageBytes))
                found++;
        }
        Assert.True(found > 20, $"only {found} pages were in use");
    }

    [Fact]
    public void A_page_of_an_earlier_checkpoint_in_the_place_of_a_later_one_is_reported()
    {
        (SimulatedDisk disk, VersionModel model) = Filled(11);
        byte[] whole = disk.ReadFile("store.db");
        for (int page = 9; page < whole.Length / PageBytes; page++)
        {
            byte[] astray = (byte[])whole.Clone();
            whole.AsSpan((page - 1) * PageBytes, PageBytes).CopyTo(astray.AsSpan(page * PageBytes));
            if (astray.AsSpan().SequenceEqual(whole))
                continue;
            disk.WriteFile("store.db", astray);
            IsSeen(disk, model, (long)page * PageBytes);
        }
    }

    [Fact]
    public void With_one_meta_damaged_the_other_checkpoint_is_opened()
    {
        for (int slot = 0; slot < 2; slot++)
        {
            (SimulatedDisk disk, _) = Filled(5);
            disk.Corrupt("store.db", slot * 4096 + 20);
            using MvccStore store = MvccStore.Open(disk.Root, Options);
            Assert.Empty(store.Check().Defects);
        }
    }

    [Fact]
    public void With_both_metas_damaged_opening_is_refused()
    {
        (SimulatedDisk disk, _) = Filled(5);
        disk.Corrupt("store.db", 20);
        disk.Corrupt("store.db", 4096 + 20);
        StorageCorruptException refused = Assert.Throws<StorageCorruptException>(() => MvccStore.Open(disk.Root, Options));
        Assert.Equal(0, refused.Offset);
        Assert.EndsWith("store.db", refused.File, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_ends_early_is_refused_or_its_missing_pages_are_reported()
    {
        (SimulatedDisk disk, VersionModel model) = Filled(5);
        byte[] whole = disk.ReadFile("store.db");
        var random = new SplittableRandom(9);
        for (int i = 0; i < 40; i++)
        {
            disk.WriteFile("store.db", whole.AsSpan(0, random.Next(whole.Length)));
            IsSeen(disk, model, -1);
        }
    }

    private static (SimulatedDisk Disk, VersionModel Model) Filled(ulong seed)
    {
        var random = new SplittableRandom(seed);
        var disk = new SimulatedDisk(random.Fork("disk"));
        var scenario = new MvccScenario(random, 120, 300);
        using MvccStore store = MvccStore.Open(disk.Root, Options);
        for (int i = 0; i < 50; i++)
        {
            scenario.Batch(store);
            if (i % 20 == 19)
                store.Checkpoint();
        }
        store.Checkpoint();
        return (disk, scenario.Model);
    }

    // Reads everything there is: each answer is right, or the damage is named. A page nobody uses may be as it likes.
    private static bool IsSeen(SimulatedDisk disk, VersionModel model, long offset)
    {
        MvccStore store;
        try
        {
            store = MvccStore.Open(disk.Root, Options);
        }
        catch (StorageCorruptException exception)
        {
            Assert.True(offset < 0 || exception.Offset == offset, exception.Message);
            return true;
        }
        using (store)
        {
            CheckReport report = store.Check();
            // What is compacted and not yet swept is examined but not read.
            Assert.True(ReadsAll(store, model, offset) || !report.IsClean);
            Assert.All(report.Defects.Take(1), defect => Assert.Contains("store.db, offset", defect, StringComparison.Ordinal));
            return !report.IsClean;
        }
    }

    private static bool ReadsAll(MvccStore store, VersionModel model, long offset)
    {
        bool whole = true;
        using MvccReadTransaction view = store.BeginRead();
        for (long revision = Math.Max(1, model.Compacted); revision <= model.Revision; revision += RevisionStep)
        {
            try
            {
                Expect.SameRange(model, view, new RangeQuery { Key = new byte[1], RangeEnd = new byte[1], Revision = revision });
                view.KeysOfLease(1);
                view.ReadChanges(new ChangeQuery { FromRevision = revision, ChangesMax = 1, WithPrevious = true });
            }
            catch (StorageCorruptException exception)
            {
                Assert.True(offset < 0 || exception.Offset <= offset, exception.Message);
                whole = false;
            }
        }
        return whole;
    }
}
