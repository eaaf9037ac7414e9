using System.Diagnostics;
using RaftKv.Node;
using RaftKv.Raft;

namespace RaftKv.Load;

/// <summary>Leadership handed round under writers: how long it takes, and whether a request fails.</summary>
internal sealed class Transfers : IMeasurement
{
    private const int Rounds = 20;
    private const int Clients = 16;

    public string Name => "transfer";

    public async Task<IReadOnlyList<Figure>> RunAsync(LoadOptions options, string directory)
    {
        await using LoadCluster cluster = await LoadCluster.StartAsync(3, directory);
        byte[] payload = new byte[options.Size];
        List<double> millis = [];
        Task<Sample> load = ClosedLoop.RunAsync(
            Clients, options.Seconds, async client => await cluster.Nodes[client % cluster.Nodes.Length].ProposeAsync(payload));
        using PeriodicTimer pause = new(TimeSpan.FromMilliseconds(100));
        for (int round = 0; round < Rounds && await pause.WaitForNextTickAsync(); round++)
        {
            RaftNode leader = cluster.Leader;
            NodeId next = new(1 + leader.NodeId.Value % 3);
            long start = Stopwatch.GetTimestamp();
            await leader.TransferLeadershipAsync(next);
            await cluster.Nodes[(int)next.Value - 1].ProposeAsync(payload);
            millis.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
        Sample sample = await load;
        millis.Sort();
        return
        [
            new Figure($"planned transfer until the next write, under {Clients} clients: median", Figure.Text(millis[Rounds / 2], "ms")),
            Figure.Below($"planned transfer until the next write, under {Clients} clients: worst of {Rounds}", millis[^1], 20, "ms"),
            new Figure($"requests that failed meanwhile, of {sample.Count:N0}", $"{sample.Failed:N0}", "none", sample.Failed == 0),
        ];
    }
}
