using RaftKv.Raft;
using RaftKv.Storage.Disk;
using RaftKv.Storage.Mvcc;
using RaftKv.Storage.Pages;
using RaftKv.Storage.Trees;
using RaftKv.Testing.Disk;

namespace RaftKv.Storage.Tests.Mvcc;

/// <summary>
/// Whatever page is damaged: the salvaged store has all that can be read, nothing wrong, and the report says what is missing.
/// </summary>
/// <remarks>RAFTKV_ROUNDS multiplies the number of seeds; default 1.</remarks>
public class StoreSalvageTests(ITestOutputHelper output)
{
    private const int PageBytes = 1024;
    private const string Name = MvccStore.FileName;

    private static readonly MvccOptions Options = new() { PageSizeBytes = PageBytes, CacheBytes = 1 << 20, ReserveBytes = 0 };
    private static readonly RangeQuery All = new() { Key = new byte[1], RangeEnd = new byte[1] };
    private static readonly byte[] Blob = [7];

    [Fact]
    public void An_undamaged_store_salvages_to_an_equal_one()
    {
        for (ulong seed = 1; seed <= 6UL * (ulong)MvccModelTests.Rounds; seed++)
        {
            var (disk, models) = Filled(seed);
            byte[] before = disk.ReadFile(Name);
            var (report, salvaged) = Salvage(disk);
            Assert.True(report.IsComplete && report.KeepsHistory);
            Assert.Equal(before, disk.ReadFile(Name));
            ExpectEqual(disk, salvaged, models[report.Position.Index], seed);
        }
    }

    [Fact]
    public void With_any_page_damaged_every_key_that_can_be_read_is_salvaged_and_nothing_else()
    {
        var losses = new SortedDictionary<StoreSalvagePart, int>();
        for (ulong seed = 1; seed <= (ulong)MvccModelTests.Rounds; seed++)
        {
            var (disk, models) = Filled(seed);
            byte[] whole = disk.ReadFile(Name);
            var random = new SplittableRandom(seed);
            for (int page = MetaPages; page < whole.Length / PageBytes; page++)
            {
                disk.WriteFile(Name, whole);
                disk.Corrupt(Name, (page * PageBytes) + random.Next(PageBytes), (byte)(1 << random.Next(8)));
                foreach (StoreSalvageLoss loss in SalvageDamaged(disk, models, seed).Losses)
                {
                    Assert.InRange(page, loss.Page, loss.Page + 20);
                    losses[loss.Part] = losses.GetValueOrDefault(loss.Part) + 1;
                }
            }
        }
        output.WriteLine(string.Join(", ", losses.Select(loss => $"{loss.Value} times {loss.Key}")));
        Assert.Equal(4, losses.Count);
    }

    [Fact]
    public void With_many_pages_damaged_every_key_that_can_be_read_is_salvaged_and_nothing_else()
    {
        for (ulong seed = 1; seed <= 30UL * (ulong)MvccModelTests.Rounds; seed++)
        {
            var (disk, models) = Filled(1 + seed % 3);
            int pages = disk.ReadFile(Name).Length / PageBytes;
            var random = new SplittableRandom(seed);
            for (int i = 2 + random.Next(10); i > 0; i--)
                disk.Corrupt(Name, ((MetaPages + random.Next(pages - MetaPages)) * PageBytes) + random.Next(PageBytes));
            SalvageDamaged(disk, models, seed);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4096)]
    public void With_one_meta_damaged_the_other_checkpoint_is_salvaged_and_the_meta_named(long offset)
    {
        var (disk, models) = Filled(2);
        disk.Corrupt(Name, offset + 20);
        StoreSalvageReport report = SalvageDamaged(disk, models, 2);
        StoreSalvageLoss meta = report.Losses.Single(loss => loss.Page == 0);
        Assert.Equal((StoreSalvagePart.Checkpoint, offset, Name), (meta.Part, meta.Offset, meta.File));
    }

    [Fact]
    public void With_both_metas_damaged_or_cut_off_the_file_is_refused()
    {
        var (disk, _) = Filled(2);
        disk.Corrupt(Name, 20);
        disk.Corrupt(Name, 4096 + 20);
        Assert.Throws<StorageCorruptException>(() => Salvage(disk));
        disk.WriteFile(Name, new byte[100]);
        Assert.Throws<StorageCorruptException>(() => Salvage(disk));
    }

    [Fact]
    public void A_file_that_ends_early_or_cannot_be_read_in_places_gives_what_is_left()
    {
        var (disk, models) = Filled(3);
        byte[] whole = disk.ReadFile(Name);
        disk.WriteFile(Name, whole.AsSpan(0, whole.Length * 2 / 3));
        Assert.False(SalvageDamaged(disk, models, 3).IsComplete);
        disk.WriteFile(Name, whole);
        for (int page = MetaPages + 3; page < MetaPages + 8; page++)
        {
            disk.MakeUnreadable(Name, page * PageBytes, PageBytes);
            disk.Corrupt(Name, page * PageBytes);
        }
        Assert.False(SalvageDamaged(disk, models, 3).IsComplete);
    }

    [Fact]
    public void The_reported_ranges_and_numbers_of_history_are_those_of_the_versions_that_cannot_be_read()
    {
        var (disk, _) = Filled(1);
        byte[] whole = disk.ReadFile(Name);
        List<byte[]> all = HistoryKeys(disk, []);
        for (int page = MetaPages; page < whole.Length / PageBytes; page++)
        {
            disk.WriteFile(Name, whole);
            disk.Corrupt(Name, (page * PageBytes) + 100);
            var losses = new List<StoreSalvageLoss>();
            HashSet<string> readable = [.. HistoryKeys(disk, losses).Select(Convert.ToHexString)];
            List<byte[]> lost = [.. all.Where(key => !readable.Contains(Convert.ToHexString(key)))];
            Assert.Equal(lost.Count, losses.Sum(loss => loss.Entries));
            Assert.All(lost, key => Assert.True(IsIn(losses.Single(), UserKey(key))));
            IEnumerable<byte[]> kept = all.Where(key => readable.Contains(Convert.ToHexString(key)));
            // A range names keys, not versions, so that the keys at its two ends may have versions outside of it.
            IEnumerable<byte[]> named = kept.Select(UserKey).Where(key => losses.Exists(loss => IsIn(loss, key)));
            Assert.InRange(named.DistinctBy(Convert.ToHexString).Count(), 0, 2);
        }
    }

    [Fact]
    public void A_crash_during_a_salvage_leaves_the_whole_copy_or_none()
    {
        var (disk, models) = Filled(1);
        var target = new SimulatedDisk(new SplittableRandom(1));
        var explorer = new CrashExplorer(target, new SplittableRandom(2), statesMax: 8);
        void Verify(SimulatedDisk state)
        {
            if (state.Root.Exists(Name))
                ExpectEqual(disk, state, models.Values.Last(), 1);
        }
        explorer.Watch(Verify);
        StoreSalvage.Copy(disk.Root, target.Root);
        explorer.Explore(state => ExpectEqual(disk, state, models.Values.Last(), 1));
        Assert.True(explorer.States > 20, $"only {explorer.States} states");
    }

    [Fact]
    public void A_directory_that_holds_a_store_is_no_target()
    {
        var (disk, _) = Filled(1);
        byte[] before = disk.ReadFile(Name);
        Assert.Throws<ArgumentException>(() => StoreSalvage.Copy(disk.Root, disk.Root));
        Assert.Equal(before, disk.ReadFile(Name));
    }

    [Fact]
    public void A_new_empty_store_salvages_without_a_loss()
    {
        var disk = new SimulatedDisk(new SplittableRandom(1));
        MvccStore.Open(disk.Root, Options).Dispose();
        var (report, _) = Salvage(disk);
        Assert.True(report.IsComplete);
        Assert.Equal((1, 0), (report.Revision, report.Keys));
    }

    private static int MetaPages => 2 * 4096 / PageBytes;

    private static (SimulatedDisk Disk, Dictionary<long, VersionModel> Models) Filled(ulong seed)
    {
        var random = new SplittableRandom(seed);
        var disk = new SimulatedDisk(random.Fork("disk"));
        var scenario = new MvccScenario(random, 100, 200);
        var models = new Dictionary<long, VersionModel>();
        using MvccStore store = MvccStore.Open(disk.Root, Options);
        for (int i = 0; i < 40; i++)
        {
            scenario.Batch(store);
            store.CompactStep(2);
            if (i % 20 != 10 && i != 39)
                continue;
            using (MvccWriteTransaction batch = store.BeginWrite())
            {
                batch.PutBlob(Blob, new byte[100]);
                batch.PutBlob([8], new byte[3 * PageBytes]);
                batch.Commit(store.Applied);
            }
            store.Checkpoint();
            models[scenario.Index] = scenario.Model.Copy();
        }
        return (disk, models);
    }

    private static byte[] UserKey(byte[] historyKey)
    {
        var key = new byte[historyKey.Length];
        return key[..HistoryKey.ReadKey(historyKey, key)];
    }

    private static List<byte[]> HistoryKeys(SimulatedDisk disk, List<StoreSalvageLoss> losses)
    {
        using IStorageFile file = disk.Root.Open(Name);
        var keys = new List<byte[]>();
        new StoreSalvageWalk(new PageFile(file, PageBytes), losses).Walk(StoreSalvagePart.History,
            StoreFile.ReadMeta(file).Trees[MvccTree.History], (key, _, _) => keys.Add(key.ToArray()));
        return keys;
    }

    private static (StoreSalvageReport Report, SimulatedDisk Salvaged) Salvage(SimulatedDisk disk)
    {
        var target = new SimulatedDisk(new SplittableRandom(1));
        return (StoreSalvage.Copy(disk.Root, target.Root), target);
    }

    private static StoreSalvageReport SalvageDamaged(SimulatedDisk disk, Dictionary<long, VersionModel> models, ulong seed)
    {
        var (report, salvaged) = Salvage(disk);
        VersionModel model = models[report.Position.Index];
        if (report.IsComplete)
            ExpectEqual(null, salvaged, model, seed);
        else
            ExpectReadable(disk, salvaged, model, report);
        return report;
    }

    private static void ExpectEqual(SimulatedDisk? disk, SimulatedDisk salvaged, VersionModel model, ulong seed)
    {
        using MvccStore store = MvccStore.Open(salvaged.Root, Options);
        Assert.Empty(store.Check().Defects);
        using MvccReadTransaction view = store.BeginRead();
        var random = new SplittableRandom(seed);
        Expect.SameView(model, view, new MvccScenario(random, 100, 200), random);
        Assert.Equal(new byte[100], view.GetBlob(Blob));
        if (disk is null)
            return;
        using MvccStore source = MvccStore.Open(disk.Root, Options);
        using MvccReadTransaction original = source.BeginRead();
        Assert.Equal(RevisionStatus.Ok, original.TryHash(0, out uint expected));
        Assert.Equal(RevisionStatus.Ok, view.TryHash(0, out uint hash));
        Assert.Equal(expected, hash);
        Assert.Equal(source.Trees.Current.Trees.Select(tree => tree.Count), store.Trees.Current.Trees.Select(tree => tree.Count));
        // The pages of runs may differ: where leaves end, and so what tells them apart, is another matter in a new file.
        Assert.Equal(source.Trees.Current.Marks.SkipLast(1), store.Trees.Current.Marks.SkipLast(1));
    }

    // What the damaged store still answers is there, and no more; the rest lies in the ranges of the report.
    private static void ExpectReadable(SimulatedDisk disk, SimulatedDisk salvaged, VersionModel model, StoreSalvageReport report)
    {
        using MvccStore store = MvccStore.Open(salvaged.Root, Options);
        Assert.Empty(store.Check().Defects);
        using MvccReadTransaction view = store.BeginRead();
        Assert.Equal(model.Revision, view.Revision);
        Assert.Equal(report.KeepsHistory ? model.Compacted : model.Revision, view.CompactedRevision);
        using var damaged = new DamagedReader(disk.ReadFile(Name), report.Position.Index);
        long missing = 0;
        List<KeyValue> expected = model.At(All, long.MaxValue);
        foreach (KeyValue kv in expected)
        {
            KeyValue? found = view.Get(kv.Key.Span);
            // A search may end at a long key whose rest is damaged; a salvage goes on behind it.
            Assert.True(found is not null || !damaged.CanRead(kv.Key.Span));
            if (found is not null)
                Expect.Equal(kv, found);
            else
                Assert.Contains(report.Losses, loss => loss.Part == StoreSalvagePart.Keys && IsIn(loss, kv.Key.Span));
            missing += found is null ? 1 : 0;
        }
        Assert.Equal(expected.Count - missing, view.Range(All).Count);
        Assert.Equal(report.Keys, view.Range(All).Count);
        Assert.Equal(missing, report.Losses.Where(loss => loss.Part == StoreSalvagePart.Keys).Sum(loss => loss.Entries));
        Assert.Equal(RevisionStatus.Ok, view.TryHash(0, out _));
        Assert.Equal(RevisionStatus.Ok, view.ReadChanges(new ChangeQuery { FromRevision = view.Revision, WithPrevious = true }).Status);
        GoOn(store);
    }

    private static void GoOn(MvccStore store)
    {
        using (MvccWriteTransaction batch = store.BeginWrite())
        {
            batch.DeleteRange(All.Key, All.RangeEnd);
            batch.BeginCommand();
            batch.Put([1], new byte[5000], lease: 1);
            batch.Compact(batch.Revision);
            batch.Commit(store.Applied);
        }
        while (store.CompactStep())
        {
        }
        store.Checkpoint();
        Assert.Empty(store.Check().Defects);
        Assert.Equal([1L, 0, 1, 1], store.Trees.Current.Trees.Take(4).Select(tree => tree.Count));
    }

    private static bool IsIn(StoreSalvageLoss loss, ReadOnlySpan<byte> key)
        => key.SequenceCompareTo(loss.FirstKey.Span) >= 0 && (loss.EndKey.IsEmpty || key.SequenceCompareTo(loss.EndKey.Span) < 0);
}
