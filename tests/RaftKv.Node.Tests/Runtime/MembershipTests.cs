using System.Net;
using RaftKv.Node.Tests.Support;
using RaftKv.Raft;

namespace RaftKv.Node.Tests.Runtime;

/// <summary>Source: <see cref="ClusterMembers"/>: members come and go over real sockets.</summary>
public sealed class MembershipTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_cluster_grows_from_one_member_to_three_and_the_founder_may_leave()
    {
        await using TestCluster cluster = new(1);
        await cluster.StartAllAsync();
        await cluster[1].ProposeAsync(BitConverter.GetBytes(1), Token);
        foreach (long id in (long[])[2, 3])
        {
            EndPoint address = await cluster.StartJoiningAsync(id);
            await cluster[1].Members.AddAsync(new NodeId(id), address, Token);
            await Until.True(() => cluster[1].Members.List().All(member => member.Kind == MemberKind.Voter), "it has caught up");
        }
        await Until.True(
            () => cluster.Nodes.Any(node => node.Members.List().All(member => member is { Lag: 0, IsActive: true })),
            "whoever leads says that nobody lags");
        await cluster[3].ProposeAsync(BitConverter.GetBytes(2), Token);
        await cluster[1].Members.RemoveAsync(new NodeId(1), Token);
        RaftKvException? ended = await cluster[1].Stopped.WaitAsync(Token);
        Assert.Equal(RaftKvError.Removed, ended?.Error);
        await cluster[2].ProposeAsync(BitConverter.GetBytes(3), Token);
        await cluster[3].ReadBarrierAsync(Token);
        Assert.Equal([1, 2, 3], cluster.Machine(3).Commands.Select(command => BitConverter.ToInt32(command)));
    }

    [Fact]
    public async Task A_member_removed_while_it_was_away_is_told_so_when_it_comes_back()
    {
        await using TestCluster cluster = new(3);
        await cluster.StartAllAsync();
        RaftNode leader = await cluster.UntilLeaderAsync();
        NodeId gone = cluster.Nodes.First(node => node != leader).NodeId;
        await cluster.StopAsync(gone.Value);
        await leader.Members.RemoveAsync(gone, Token);
        await cluster.StartAsync(gone.Value);
        RaftKvException? ended = await cluster[gone.Value].Stopped.WaitAsync(Token);
        Assert.Equal(RaftKvError.Removed, ended?.Error);
    }

    [Fact]
    public async Task A_member_that_moves_goes_on_at_its_new_address()
    {
        await using TestCluster cluster = new(3);
        await cluster.StartAllAsync();
        RaftNode leader = await cluster.UntilLeaderAsync();
        long moved = cluster.Nodes.First(node => node != leader).NodeId.Value;
        await cluster.StopAsync(moved);
        EndPoint address = await cluster.StartElsewhereAsync(moved);
        await leader.Members.ChangeAsync(MembershipChange.Move(new NodeId(moved), address), Token);
        await leader.ProposeAsync(BitConverter.GetBytes(7), Token);
        await cluster[moved].ReadBarrierAsync(Token);
        Assert.Single(cluster.Machine(moved).Commands);
        await Until.True(() => cluster[moved].Members.List().Any(member => member.Address!.Equals(address)), "it is on record");
    }
}
