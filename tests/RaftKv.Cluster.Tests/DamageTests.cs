using System.Text;
using RaftKv.Samples.Cluster;
using RaftKv.Samples.Cluster.Control;
using RaftKv.Samples.Cluster.Processes;

namespace RaftKv.Cluster.Tests;

/// <summary>Files that are not what was written: the node says which file and where, and never serves a wrong value.</summary>
public sealed class DamageTests
{
    private const int Keys = 300;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_bit_flipped_in_the_middle_of_the_log_that_nothing_else_holds_stops_the_start_and_is_named()
    {
        using TemporaryFolder folder = new();
        await FillAsync(folder, checkpointKib: 65536);

        string log = await DamageLogAsync(folder, (bytes, end) => bytes[EntryAfter(bytes, end / 2)] ^= 0x10);

        await RefusesToStartAsync(folder, log);
    }

    [Fact]
    public async Task A_bit_flipped_in_what_the_store_holds_too_is_named_and_costs_nothing()
    {
        using TemporaryFolder folder = new();
        await FillAsync(folder, isHalfInStore: true);

        string log = await DamageLogAsync(folder, (bytes, end) => bytes[EntryAfter(bytes, end / 8)] ^= 0x10);

        Assert.Equal(Keys, await ServesTheTruthAndNamesAsync(folder, log));
    }

    // The file is given its full length when it is made, so that no crash can shorten it.
    [Fact]
    public async Task A_log_file_that_was_cut_stops_the_start_and_is_named()
    {
        using TemporaryFolder folder = new();
        await FillAsync(folder);

        string log = await DamageLogAsync(folder, (_, _) => { }, cut: 20);

        await RefusesToStartAsync(folder, log);
    }

    [Fact]
    public async Task A_bit_flipped_at_the_end_of_the_log_is_named_and_no_wrong_value_is_served()
    {
        using TemporaryFolder folder = new();
        await FillAsync(folder);

        string log = await DamageLogAsync(folder, (bytes, end) => bytes[end - 3] ^= 0x01);

        Assert.InRange(await ServesTheTruthAndNamesAsync(folder, log), Keys - 32, Keys);
    }

    [Fact]
    public async Task A_bit_flipped_in_a_page_is_named_and_no_wrong_value_is_served()
    {
        using TemporaryFolder folder = new();
        await FillAsync(folder, isHalfInStore: true);
        string store = Directory.GetFiles(folder.Path, "store.db", SearchOption.AllDirectories).Single();
        byte[] intact = await File.ReadAllBytesAsync(store, Cancel);
        // What follows is the reserve, which holds nothing.
        int used = intact.AsSpan().LastIndexOfAnyExcept((byte)0);
        int named = 0;
        for (int part = 1; part <= 8; part++)
        {
            byte[] damaged = [.. intact];
            damaged[(used / 9 * part) + 100] ^= 0x04;
            await File.WriteAllBytesAsync(store, damaged, Cancel);
            named += await ReadsOnlyTheTruthAsync(folder) ? 0 : 1;
            await File.WriteAllBytesAsync(store, intact, Cancel);
        }

        Assert.InRange(named, 1, 8);
    }

    // How many keys a node serves, each with its value; the damaged file and the place in it are in its log.
    private static async Task<int> ServesTheTruthAndNamesAsync(TemporaryFolder folder, string file)
    {
        await using NodeProcess node = Start(folder);
        using ControlClient client = new(await node.ReadyAsync(Cancel));
        RangeReply all = await client.RangeAsync("", Keys + 1, serializable: false, Cancel);
        Assert.All(all.Items, pair => Assert.Equal($"value of {pair.Key}", pair.Value));
        node.Stop();
        await node.ExitAsync(Cancel);
        Assert.Contains(file, node.Errors, StringComparison.Ordinal);
        Assert.Matches("offset [0-9]+", node.Errors);
        return all.Items.Count;
    }

    // Whether everything could be read; when not, the file and the offset are named.
    private static async Task<bool> ReadsOnlyTheTruthAsync(TemporaryFolder folder)
    {
        await using NodeProcess node = Start(folder);
        string refusal;
        try
        {
            using ControlClient client = new(await node.ReadyAsync(Cancel));
            RangeReply all = await client.RangeAsync("", Keys + 1, serializable: false, Cancel);
            Assert.All(all.Items, pair => Assert.Equal($"value of {pair.Key}", pair.Value));
            Assert.Equal(Keys, all.Items.Count);
            return true;
        }
        catch (ControlException refused)
        {
            refusal = refused.Message;
        }
        catch (Exception gone) when (gone is IOException or HttpRequestException)
        {
            // It met the page by itself, before it was ready or since, and ended with its reason.
            await node.ExitAsync(Cancel);
            refusal = node.Errors;
        }
        Assert.Contains("store.db", refusal, StringComparison.Ordinal);
        Assert.Matches("offset [0-9]+", refusal);
        return false;
    }

    private static async Task<string> DamageLogAsync(TemporaryFolder folder, Action<byte[], int> damage, int? cut = null)
    {
        string log = LogFile(folder);
        byte[] bytes = await File.ReadAllBytesAsync(log, Cancel);
        int end = bytes.AsSpan().LastIndexOfAnyExcept((byte)0);
        damage(bytes, end);
        await File.WriteAllBytesAsync(log, cut is { } missing ? bytes[..(end - missing)] : bytes, Cancel);
        return Path.GetFileName(log);
    }

    // The place of a key behind a place: records that a later one has superseded are of no use to anybody.
    private static int EntryAfter(byte[] log, int place) => place + log.AsSpan(place).IndexOf("key-"u8);

    private static async Task RefusesToStartAsync(TemporaryFolder folder, string file)
    {
        await using NodeProcess node = Start(folder);
        IOException refusal = await Assert.ThrowsAsync<IOException>(() => node.ReadyAsync(Cancel));
        await node.ExitAsync(Cancel);
        Assert.Equal(ExitCodes.Failed, node.ExitCode);
        Assert.Contains(file, refusal.Message, StringComparison.Ordinal);
        Assert.Matches("offset [0-9]+", refusal.Message);
    }

    private static string LogFile(TemporaryFolder folder) =>
        Directory.GetFiles(folder.Path, "*.wal", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Last(file => File.ReadAllBytes(file).AsSpan(4096).ContainsAnyExcept((byte)0));

    private static NodeProcess Start(TemporaryFolder folder, int checkpointKib = 64) => NodeProcess.Start(
        [
            "node", "--id", "1", "--cluster", "damage", "--data", folder.Path, "--checkpoint-kib", $"{checkpointKib}",
            "--request-seconds", "60", "--exit-with-parent",
        ],
        SampleProgram.Path);

    private static async Task FillAsync(TemporaryFolder folder, int checkpointKib = 64, bool isHalfInStore = false)
    {
        await using NodeProcess node = Start(folder, checkpointKib);
        using ControlClient client = new(await node.ReadyAsync(Cancel));
        await PutAsync(client, Enumerable.Range(0, Keys / 2));
        // A backup begins with a checkpoint; those that are due come when they come.
        if (isHalfInStore)
            await client.BackupAsync(Stream.Null, Cancel);
        await PutAsync(client, Enumerable.Range(Keys / 2, Keys / 2));
        await node.KillAsync();
    }

    private static Task PutAsync(ControlClient client, IEnumerable<int> numbers)
    {
        ParallelOptions atOnce = new() { MaxDegreeOfParallelism = 16, CancellationToken = Cancel };
        return Parallel.ForEachAsync(numbers, atOnce, async (i, cancel) =>
        {
            string key = $"key-{i:d4}-{new string('x', 200)}";
            byte[] value = Encoding.UTF8.GetBytes($"value of {key}");
            PutOutcome outcome = await client.PutAsync(key, value, TimeSpan.FromSeconds(90), cancel);
            Assert.Equal(PutOutcomeKind.Acknowledged, outcome.Kind);
        });
    }
}
