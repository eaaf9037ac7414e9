using RaftKv.Raft;
using RaftKv.Storage.Mvcc;
using RaftKv.Testing.Disk;

namespace RaftKv.Storage.Tests.Mvcc;

/// <summary>The whole store against plain lists, under random batches, page sizes, caches and reader lifetimes.</summary>
/// <remarks>RAFTKV_ROUNDS multiplies the number of seeds; default 1.</remarks>
public class MvccModelTests
{
    internal static int Rounds { get; } = int.TryParse(Environment.GetEnvironmentVariable("RAFTKV_ROUNDS"), out int rounds) ? rounds : 1;

    [Fact]
    public void Every_view_reads_what_the_model_held_when_it_began()
    {
        for (ulong seed = 1; seed <= 24UL * (ulong)Rounds; seed++)
        {
            try
            {
                Run(seed);
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"seed {seed}", exception);
            }
        }
    }

    private static void Run(ulong seed)
    {
        var random = new SplittableRandom(seed);
        var disk = new SimulatedDisk(random.Fork("disk"));
        var options = new MvccOptions { PageSizeBytes = 1024 << random.Next(4), CacheBytes = 1 << 20, CheckpointBytes = 20_000 };
        var scenario = new MvccScenario(random.Fork("scenario"), 10 + random.Next(400), 1 + random.Next(500));
        var views = new List<(MvccReadTransaction View, VersionModel Model)>();
        MvccStore store = MvccStore.Open(disk.Root, options);
        for (int step = 0; step < 120; step++)
        {
            scenario.Batch(store);
            if (random.Chance(0.1))
                views.Add((store.BeginRead(), scenario.Model.Copy()));
            if (views.Count > 0 && random.Chance(0.1))
                Close(views, random.Next(views.Count), scenario, random);
            if (store.CheckpointDue)
                store.Checkpoint();
            if (random.Chance(0.3))
                store.CompactStep(1 + random.Next(20));
            if (random.Chance(0.1))
                store.ShrinkStep(1 + random.Next(10));
            if (random.Chance(0.03))
                store = Reopen(store, disk, options, views, scenario, random);
        }
        while (views.Count > 0)
            Close(views, 0, scenario, random);
        Reopen(store, disk, options, views, scenario, random).Dispose();
    }

    private static void Close(List<(MvccReadTransaction View, VersionModel Model)> views, int index, MvccScenario scenario,
        SplittableRandom random)
    {
        Expect.SameView(views[index].Model, views[index].View, scenario, random);
        views[index].View.Dispose();
        views.RemoveAt(index);
    }

    private static MvccStore Reopen(MvccStore store, SimulatedDisk disk, MvccOptions options,
        List<(MvccReadTransaction View, VersionModel Model)> views, MvccScenario scenario, SplittableRandom random)
    {
        while (views.Count > 0)
            Close(views, 0, scenario, random);
        Assert.Empty(store.Check().Defects);
        store.Checkpoint();
        Assert.Empty(store.Check().Defects);
        store.Dispose();
        store = MvccStore.Open(disk.Root, options);
        Assert.Equal(new StorePosition(1, scenario.Index), store.Applied);
        Assert.Empty(store.Check().Defects);
        using MvccReadTransaction view = store.BeginRead();
        Expect.SameView(scenario.Model, view, scenario, random);
        return store;
    }
}
