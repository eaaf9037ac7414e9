using System.Diagnostics;
using RaftKv.Node;
using RaftKv.Raft;

namespace RaftKv.Load;

/// <summary>A follower that is far behind comes back while others write: how fast it catches up, and what that costs them.</summary>
internal sealed class CatchUp : IMeasurement
{
    // So many that it takes longer than what runs beside it is warmed up and measured.
    private const int Behind = 1_500_000;
    private const int LiveClients = 4;
    private const int FillClients = 2_000;

    public string Name => "catchup";

    public async Task<IReadOnlyList<Figure>> RunAsync(LoadOptions options, string directory)
    {
        await using LoadCluster cluster = await LoadCluster.StartAsync(3, directory);
        byte[] payload = new byte[options.Size];
        int lagging = Array.FindIndex(cluster.Nodes, node => node.Status.Raft.Role == Role.Follower);
        await cluster.StopAsync(lagging);
        RaftNode leader = cluster.Leader;
        await Parallel.ForAsync(0, FillClients, new ParallelOptions { MaxDegreeOfParallelism = FillClients }, async (_, token) =>
        {
            for (int i = 0; i < Behind / FillClients; i++)
                await leader.ProposeAsync(payload, token);
        });
        Sample alone = await ClosedLoop.RunAsync(LiveClients, options.Seconds, Write);
        LogIndex from = LogIndex.Zero;
        using CancellationTokenSource over = new();
        Task<Sample> live = ClosedLoop.RunAsync(LiveClients, options.Seconds, Write);
        await cluster.RestartAsync(lagging);
        from = cluster.Nodes[lagging].Status.Raft.Last.Index;
        long start = Stopwatch.GetTimestamp();
        using (PeriodicTimer pause = new(TimeSpan.FromMilliseconds(50)))
        {
            while (leader.Status.Raft.Last.Index.Value - cluster.Nodes[lagging].Status.Raft.Last.Index.Value > 10_000)
                await pause.WaitForNextTickAsync();
        }
        double rate = (cluster.Nodes[lagging].Status.Raft.Last.Index.Value - from.Value) / Stopwatch.GetElapsedTime(start).TotalSeconds;
        Sample meanwhile = await live;
        // One more log on the same disk costs writes something by itself.
        Sample back = await ClosedLoop.RunAsync(LiveClients, options.Seconds, Write);
        return
        [
            new Figure($"live writes of {LiveClients} clients while a follower is away", Figure.Text(alone.PerSecond, "/s")),
            Figure.AtLeast($"entries a follower {Behind:N0} behind takes", rate, 5 * meanwhile.PerSecond, "/s"),
            Figure.AtLeast("live writes meanwhile", meanwhile.PerSecond, 0.85 * alone.PerSecond, "/s"),
            new Figure("live writes once it has caught up", Figure.Text(back.PerSecond, "/s")),
        ];

        async ValueTask Write(int client) => await leader.ProposeAsync(payload);
    }
}
