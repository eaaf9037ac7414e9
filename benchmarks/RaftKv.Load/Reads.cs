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
        await using LoadCluster cluster = await LoadCluster.StartAsync(3, Path.Combine(directory, "rounds"));
        byte[] payload = new byte[options.Size];
        RaftNode leader = cluster.Leader;
        RaftNode follower = cluster.Nodes.First(node => node.Status.Raft.Role == Role.Follower);
        Sample writes = await ClosedLoop.RunAsync(Clients, options.Seconds, async _ => await leader.ProposeAsync(payload));
        Sample fromFollower = await ClosedLoop.RunAsync(Clients, options.Seconds, _ => follower.ReadBarrierAsync());
        Sample fromLeader = await ClosedLoop.RunAsync(Clients, options.Seconds, _ => leader.ReadBarrierAsync());
        await using LoadCluster leased = await LoadCluster.StartAsync(3, Path.Combine(directory, "lease"), leaseReads: true);
        RaftNode holder = leased.Leader;
        Sample underLease = await ClosedLoop.RunAsync(Clients, options.Seconds, _ => holder.ReadBarrierAsync());
        return
        [
            Figure.AtLeast($"linearizable reads from the leader under its lease, {Clients:N0} clients", underLease.PerSecond, 1_000_000, "/s"),
            Figure.AtLeast($"linearizable reads from a follower, {Clients:N0} clients", fromFollower.PerSecond, 2 * writes.PerSecond, "/s"),
            new Figure($"linearizable reads from the leader, {Clients:N0} clients", Figure.Text(fromLeader.PerSecond, "/s")),
        ];
    }
}
