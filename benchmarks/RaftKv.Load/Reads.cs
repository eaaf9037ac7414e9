using RaftKv.Node;
using RaftKv.Raft;

namespace RaftKv.Load;

/// <summary>Linearizable reads: by rounds from a follower, and from the leader.</summary>
internal sealed class Reads : IMeasurement
{
    private const int Clients = 1000;

    public string Name => "reads";

    public async Task<IReadOnlyList<Figure>> RunAsync(LoadOptions options, string directory)
    {
        await using LoadCluster cluster = await LoadCluster.StartAsync(3, directory);
        byte[] payload = new byte[options.Size];
        RaftNode leader = cluster.Leader;
        RaftNode follower = cluster.Nodes.First(node => node.Status.Raft.Role == Role.Follower);
        Sample writes = await ClosedLoop.RunAsync(Clients, options.Seconds, async _ => await leader.ProposeAsync(payload));
        Sample fromFollower = await ClosedLoop.RunAsync(Clients, options.Seconds, _ => follower.ReadBarrierAsync());
        Sample fromLeader = await ClosedLoop.RunAsync(Clients, options.Seconds, _ => leader.ReadBarrierAsync());
        return
        [
            Figure.AtLeast($"linearizable reads from a follower, {Clients:N0} clients", fromFollower.PerSecond, 2 * writes.PerSecond, "/s"),
            new Figure($"linearizable reads from the leader, {Clients:N0} clients", Figure.Text(fromLeader.PerSecond, "/s")),
        ];
    }
}
