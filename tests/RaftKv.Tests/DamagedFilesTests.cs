using RaftKv.Raft;
using RaftKv.Testing.Disk;
using RaftKv.Tests.Support;

namespace RaftKv.Tests;

/// <summary>
/// Bits that flip on the disk between two runs of a member: it serves what was written, or names the file and the offset, and
/// never serves anything else.
/// </summary>
public sealed class DamagedFilesTests
{
    private const int Keys = 400;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_flipped_bit_in_the_store_is_named_and_never_served() => await Rounds.RunAsync(25, async random =>
    {
        SimulatedDisk disk = await FilledAsync(random);
        byte[] intact = disk.ReadFile("store/store.db");
        disk.Corrupt("store/store.db", random.Next(intact.Length), (byte)(1 << random.Next(8)));

        string? refusal = await ServesOnlyTheTruthAsync(disk, whole: true);

        Names(refusal, "store.db");
    });

    [Fact]
    public async Task A_flipped_bit_in_the_log_is_named_and_never_served() => await Rounds.RunAsync(6, async random =>
    {
        SimulatedDisk disk = await FilledAsync(random);
        string log = disk.Files().First(path => path.StartsWith("wal/", StringComparison.Ordinal));
        int used = disk.ReadFile(log).AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
        disk.Corrupt(log, random.Next(used), (byte)(1 << random.Next(8)));

        string? refusal = await ServesOnlyTheTruthAsync(disk, whole: false);

        Names(refusal, log["wal/".Length..]);
    });

    private static void Names(string? refusal, string file)
    {
        if (refusal is null)
            return;
        Assert.Contains(file, refusal, StringComparison.Ordinal);
        Assert.Matches("offset [0-9]+", refusal);
    }

    private static async Task<SimulatedDisk> FilledAsync(SplittableRandom random)
    {
        SimulatedDisk disk = new(random.Fork("disk"));
        await using KeyValueStore store = await OpenAsync(disk);
        await Task.WhenAll(Enumerable.Range(0, Keys).Select(i => store.PutAsync(Key(i), Value(i)).AsTask()));
        return disk;
    }

    // What the member said when it could not serve; null when it could. Without all that was written only when the log's end is lost.
    private static async Task<string?> ServesOnlyTheTruthAsync(SimulatedDisk disk, bool whole)
    {
        try
        {
            await using KeyValueStore store = await OpenAsync(disk);
            RangeResult all = await store.RangeAsync(KeyRange.All, cancellationToken: Cancel);
            Assert.All(all.Items, pair => Assert.Equal(Value(int.Parse(pair.KeyText.Split(' ')[1])), pair.ValueText));
            if (whole)
                Assert.Equal(Keys, all.Items.Count);
            return null;
        }
        catch (RaftKvException refusal) when (refusal.Error == RaftKvError.Storage)
        {
            return refusal.Message;
        }
    }

    private static Task<KeyValueStore> OpenAsync(SimulatedDisk disk) => KeyValueStore.OpenAsync(
        new KeyValueStoreOptions { Storage = disk.Root, CheckpointBytes = 64 * 1024, RequestTimeout = OneMember.RequestTime });

    private static string Key(int i) => $"key {i} {new string('k', i % 50)}";

    private static string Value(int i) => $"value {i} {new string('v', i % 700)}";
}
