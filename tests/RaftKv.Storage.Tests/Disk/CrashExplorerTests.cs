using RaftKv.Raft;
using RaftKv.Storage.Disk;
using RaftKv.Testing.Disk;

namespace RaftKv.Storage.Tests.Disk;

/// <summary>The explorer misses no state that a crash may leave, and makes none up.</summary>
public sealed class CrashExplorerTests
{
    [Fact]
    public void Two_unflushed_sectors_and_a_name_are_lost_or_kept_in_every_combination()
    {
        SimulatedDisk disk = new(new SplittableRandom(1));
        using IStorageFile file = disk.Root.Create("old");
        file.Write(0, new byte[1024]);
        file.Flush();
        disk.Root.Flush();
        file.Write(500, Enumerable.Repeat((byte)1, 24).ToArray());
        file.Write(0, [2]);
        disk.Root.Create("new").Dispose();
        HashSet<string> seen = [];
        CrashExplorer explorer = new(disk, new SplittableRandom(1));
        explorer.Explore(state =>
        {
            byte[] content = state.ReadFile("old");
            seen.Add($"{content[0]}{content[500]}{content[512]}{state.Files().Count}");
        });

        string[] contents = ["000", "010", "210", "001", "011", "211"];
        IEnumerable<string> expected = contents.SelectMany(content => new[] { content + "1", content + "2" });
        Assert.Equal(expected.Order(StringComparer.Ordinal), seen.Order(StringComparer.Ordinal));
        Assert.Equal((1, 1), (explorer.Moments, explorer.MomentsComplete));
    }

    [Fact]
    public void Too_many_combinations_are_bounded_and_hold_the_extremes()
    {
        SimulatedDisk disk = new(new SplittableRandom(1));
        disk.WriteFile("data", new byte[64 * 512]);
        using IStorageFile file = disk.Root.Open("data");
        file.Write(0, Enumerable.Repeat((byte)1, 64 * 512).ToArray());
        HashSet<int> kept = [];
        CrashExplorer explorer = new(disk, new SplittableRandom(1), 300);
        explorer.Explore(state => kept.Add(state.ReadFile("data").Count(value => value == 1) / 512));
        Assert.InRange(explorer.States, 250, 300);
        Assert.Superset(new HashSet<int> { 0, 1, 63, 64 }, kept);
    }

    [Fact]
    public void A_watched_run_is_explored_before_every_operation()
    {
        SimulatedDisk disk = new(new SplittableRandom(1));
        CrashExplorer explorer = new(disk, new SplittableRandom(1));
        explorer.Watch(_ => { });
        using IStorageFile file = disk.Root.Create("data");
        file.Write(0, [1]);
        file.Flush();
        disk.Root.Flush();
        Assert.Equal((4L, 4L), (explorer.Moments, disk.Operations));
    }
}
