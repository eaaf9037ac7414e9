using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using RaftKv.Node;
using RaftKv.Raft;

namespace RaftKv.Load;

/// <summary>The leader is a process of its own and is killed: how long until a write succeeds again.</summary>
internal sealed class FailOver : IMeasurement
{
    private const int Rounds = 7;

    private static readonly NodeId VictimId = new(3);

    public string Name => "failover";

    public async Task<IReadOnlyList<Figure>> RunAsync(LoadOptions options, string directory)
    {
        Socket[] sockets = [LoadCluster.Bind(), LoadCluster.Bind(), LoadCluster.Bind()];
        IPEndPoint[] addresses = [.. sockets.Select(socket => (IPEndPoint)socket.LocalEndPoint!)];
        sockets[2].Dispose();
        RaftNodeOptions first = MemberProcess.Setup(1, addresses, directory, sockets[0]);
        TimeSpan electionTimeout = first.ElectionTicks * first.TickInterval;
        await using RaftNode one = await RaftNode.StartAsync(first, new MemoryMachine());
        await using RaftNode two = await RaftNode.StartAsync(MemberProcess.Setup(2, addresses, directory, sockets[1]), new MemoryMachine());
        List<double> millis = [];
        for (int round = 0; round < Rounds; round++)
            millis.Add(await KillAsync([one, two], addresses, directory));
        millis.Sort();
        return
        [
            Figure.Below(
                $"fail-over after kill -9 of the leader: median of {Rounds}",
                millis[Rounds / 2],
                1.2 * electionTimeout.TotalMilliseconds,
                "ms"),
            new Figure($"fail-over after kill -9 of the leader: worst of {Rounds}", Figure.Text(millis[^1], "ms")),
        ];
    }

    private static async Task<double> KillAsync(RaftNode[] survivors, IPEndPoint[] addresses, string directory)
    {
        using Process victim = MemberProcess.Start((int)VictimId.Value, addresses, directory);
        try
        {
            await MakeLeaderAsync(survivors);
            await survivors[0].ProposeAsync(new byte[1]);
            long start = Stopwatch.GetTimestamp();
            victim.Kill();
            await survivors[0].ProposeAsync(new byte[1]);
            return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }
        finally
        {
            victim.Kill();
            await victim.WaitForExitAsync();
        }
    }

    private static async Task MakeLeaderAsync(RaftNode[] survivors)
    {
        using CancellationTokenSource deadline = new(TimeSpan.FromSeconds(30));
        while (survivors.Any(node => node.Leader != VictimId))
        {
            deadline.Token.ThrowIfCancellationRequested();
            try
            {
                NodeId leader = await survivors[0].WaitForLeaderAsync(deadline.Token);
                if (survivors.FirstOrDefault(node => node.NodeId == leader) is { } node)
                    await node.TransferLeadershipAsync(VictimId, deadline.Token);
            }
            catch (RaftKvException e) when (e.Error is RaftKvError.NotLeader or RaftKvError.Timeout or RaftKvError.NoLeader)
            {
                // It has just started, or leadership has just moved: asked again.
            }
            await Task.Yield();
        }
    }
}
