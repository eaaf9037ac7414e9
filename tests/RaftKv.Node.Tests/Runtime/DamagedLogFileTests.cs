using RaftKv.Node.Tests.Support;
using RaftKv.Storage.Disk;
using RaftKv.Storage.Wal;

namespace RaftKv.Node.Tests.Runtime;

/// <summary>Source: <see cref="Workers.GroupLogSink"/>: members with real files and sockets, one of them with damaged bytes in its log.</summary>
public sealed class DamagedLogFileTests
{
    private const int Before = 200;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_member_fetches_the_entries_that_its_log_lost_while_the_others_write()
    {
        // How long a member looks for its entries before it gives its log up is counted in ticks.
        await using TestCluster cluster = await WrittenAsync(tickMilliseconds: 100);
        await cluster.StopAsync(3);
        Damage(cluster, 3, "Entry", count: 40);
        await cluster.StartAsync(3);
        await WriteAsync(cluster[1], Before, 100);
        await Until.True(() => !cluster[3].Status.IsRepairing, "the log is mended");
        await WriteAsync(cluster[3], Before + 100, 10);
        await cluster[1].ReadBarrierAsync(Token);
        await cluster[3].ReadBarrierAsync(Token);
        Assert.Equal(cluster.Machine(1).Commands.Take(Before + 110), cluster.Machine(3).Commands.Take(Before + 110));
        Assert.Contains("entries", Assert.Single(cluster.Log.Lines(41)), StringComparison.Ordinal);
        Assert.NotEmpty(cluster.Log.Lines(40));
        Assert.Single(cluster.Log.Lines(42));
        Assert.Empty(cluster.Log.Lines(43));
        Assert.Equal(3, (await RestartedAsync(cluster, 3)).Status.NodeId.Value);
    }

    [Fact]
    public async Task A_member_that_lost_its_term_and_vote_refuses_requests_in_words_and_is_admitted_anew()
    {
        await using TestCluster cluster = await WrittenAsync();
        await cluster.StopAsync(3);
        await cluster.StopAsync(2);
        Damage(cluster, 3, "State", count: 1);
        await cluster.StartAsync(3);
        Assert.True(cluster[3].Status.IsRepairing);
        RaftKvException refusal = await Assert.ThrowsAsync<RaftKvException>(() => cluster[3].ProposeAsync(new byte[1], Token).AsTask());
        Assert.Equal((RaftKvError.Repairing, WriteOutcome.NotApplied), (refusal.Error, refusal.Outcome));
        await cluster.StartAsync(2);
        await Until.True(() => !cluster[3].Status.IsRepairing, "the member has begun anew");
        await WriteAsync(cluster[1], Before, 20);
        await Until.True(() => cluster[3].Status.Raft.Configuration.IsVoter(cluster[3].NodeId), "the member votes again");
        await WriteAsync(cluster[3], Before + 20, 5);
        await cluster[1].ReadBarrierAsync(Token);
        await cluster[3].ReadBarrierAsync(Token);
        Assert.Equal(cluster.Machine(1).Commands.Take(Before + 25), cluster.Machine(3).Commands.Take(Before + 25));
        Assert.Contains(".wal.damaged", Assert.Single(cluster.Log.Lines(43)), StringComparison.Ordinal);
        await WriteAsync(await RestartedAsync(cluster, 3), Before + 25, 5);
    }

    [Fact]
    public async Task A_log_without_a_readable_byte_is_set_aside_and_the_member_is_admitted_anew()
    {
        await using TestCluster cluster = await WrittenAsync();
        await cluster.StopAsync(3);
        await File.WriteAllBytesAsync(LogFiles(cluster, 3).Single(), Enumerable.Repeat((byte)0xEE, 10_000).ToArray(), Token);
        await cluster.StartAsync(3);
        await Until.True(() => !cluster[3].Status.IsRepairing, "the member has begun anew");
        await WriteAsync(cluster[1], Before, 20);
        await Until.True(() => cluster[3].Status.Raft.Configuration.IsVoter(cluster[3].NodeId), "the member votes again");
        await cluster[1].ReadBarrierAsync(Token);
        await cluster[3].ReadBarrierAsync(Token);
        Assert.Equal(cluster.Machine(1).Commands, cluster.Machine(3).Commands);
        Assert.Single(cluster.Log.Lines(44));
    }

    // The machine keeps no checkpoint here, so that the log alone brings it back.
    private static async Task<TestCluster> WrittenAsync(int tickMilliseconds = 10)
    {
        TestCluster cluster = new(3) { CommandsPerCheckpoint = int.MaxValue, TickInterval = TimeSpan.FromMilliseconds(tickMilliseconds) };
        await cluster.StartAllAsync();
        await cluster.UntilLeaderAsync();
        await WriteAsync(cluster[1], 0, Before);
        await Until.True(() => cluster.Nodes.All(node => cluster.Machine(node.NodeId.Value).Count == Before), "all have everything");
        await Until.True(() => cluster[1].Status.Raft.Configuration.Incarnations.Length == 3, "the disks are on record");
        return cluster;
    }

    private static async Task<RaftNode> RestartedAsync(TestCluster cluster, long id)
    {
        await cluster.StopAsync(id);
        await cluster.StartAsync(id);
        return cluster[id];
    }

    private static async Task WriteAsync(RaftNode node, int first, int count)
    {
        for (int n = first; n < first + count; n++)
            await node.ProposeAsync(BitConverter.GetBytes(n), Token);
    }

    private static void Damage(TestCluster cluster, long node, string kind, int count)
    {
        string path = LogFiles(cluster, node)[^1];
        WalRecordInfo[] records;
        using (IStorageDirectory directory = OsDirectory.Open(Path.GetDirectoryName(path)!))
            records = [.. WalInspector.Records(directory, Path.GetFileName(path)).Where(record => record.Type == kind && record.Group == 0)];
        byte[] bytes = File.ReadAllBytes(path);
        int skipped = kind == "Entry" ? 1 : 0;
        foreach (WalRecordInfo record in records.Where(record => record.StoredBytes > 0).SkipLast(skipped).TakeLast(count))
            bytes[record.Offset + 64] ^= 0x40;
        File.WriteAllBytes(path, bytes);
    }

    private static string[] LogFiles(TestCluster cluster, long node) =>
        [.. Directory.GetFiles(Path.Combine(cluster.Directory.Path, $"node{node}", "wal"), "*.wal").Order(StringComparer.Ordinal)];
}
