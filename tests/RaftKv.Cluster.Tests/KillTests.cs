using RaftKv.Raft;
using RaftKv.Samples.Cluster.Control;
using RaftKv.Samples.Cluster.Job;
using RaftKv.Samples.Cluster.Processes;

namespace RaftKv.Cluster.Tests;

/// <summary>Processes that are killed at random moments and started again in the same directory, without any flag.</summary>
public sealed class KillTests
{
    private const int Keys = 100_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary><c>RAFTKV_ROUNDS</c> multiplies the kills, <c>RAFTKV_SEED</c> chooses them.</summary>
    [Fact]
    public async Task Any_process_may_be_killed_at_any_moment_and_comes_back_by_itself()
    {
        int seed = int.TryParse(Environment.GetEnvironmentVariable("RAFTKV_SEED"), out int chosen) ? chosen : 1;
        int kills = 8 * (int.TryParse(Environment.GetEnvironmentVariable("RAFTKV_ROUNDS"), out int factor) ? factor : 1);
        using TemporaryFolder folder = new();
        ClusterLayout layout = new($"kills-{seed}", folder.Path, nodes: 3, tickMilliseconds: 50)
        {
            Program = SampleProgram.Path,
            CheckpointKib = 64,
        };
        await using ProcessCluster cluster = new(layout);
        await cluster.StartAsync(Cancel);
        await cluster.LeaderAsync(Cancel);
        Workload workload = new(seed, Keys);
        Ledger ledger = new(Keys);
        using CancellationTokenSource writing = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        Task[] writers = [.. Enumerable.Range(0, 12).Select(n =>
            new Writer(cluster, workload, ledger, new FailOver(TimeProvider.System), TimeProvider.System).RunAsync(n, writing.Token))];

        SplittableRandom random = new((ulong)seed);
        for (int kill = 0; kill < kills; kill++)
        {
            await AcknowledgedAsync(ledger, 1 + random.Next(300));
            Member victim = cluster.Members[random.Next(3)];
            await victim.KillAsync();
            await AcknowledgedAsync(ledger, random.Next(200));
            await victim.StartAsync(Cancel);
            await ProcessCluster.CaughtUpAsync(victim, ledger.HighestRevision, Cancel);
        }
        await writing.CancelAsync();
        await Task.WhenAll(writers.Select(writer => writer.ContinueWith(_ => { }, TaskScheduler.Default)));

        await JudgeAsync(cluster, workload, ledger, seed);
    }

    private static async Task JudgeAsync(ProcessCluster cluster, Workload workload, Ledger ledger, int seed)
    {
        RangeReply fresh = await cluster.Members[0].Client!.RangeAsync("", 1, serializable: false, Cancel);
        List<uint> hashes = [];
        foreach (Member member in cluster.Members)
        {
            await ProcessCluster.CaughtUpAsync(member, fresh.Revision, Cancel);
            IReadOnlyList<string> faults = await new ReadBack(workload, ledger).CheckAsync(member, Cancel);
            Assert.True(faults.Count == 0, $"Seed {seed}, node {member.Id}: {string.Join(' ', faults)}");
            HashReply hash = await member.Client!.HashAsync(fresh.Revision, Cancel);
            hashes.Add(Convert.ToUInt32(hash.Hash, 16));
        }
        Assert.Single(hashes.Distinct());
    }

    private static async Task AcknowledgedAsync(Ledger ledger, int more)
    {
        int target = ledger.Acknowledged + more;
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        deadline.CancelAfter(TimeSpan.FromSeconds(30));
        while (ledger.Acknowledged < target)
            await ProcessCluster.PauseAsync(deadline.Token);
    }
}
