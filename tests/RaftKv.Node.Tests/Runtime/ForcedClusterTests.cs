using RaftKv.Node.Tests.Support;
using RaftKv.Raft;

namespace RaftKv.Node.Tests.Runtime;

/// <summary>Source: <see cref="ClusterRecovery"/>: a survivor goes on alone, and the members it left behind cannot reach it.</summary>
public sealed class ForcedClusterTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_survivor_goes_on_with_all_it_has_and_old_members_that_come_back_are_kept_out()
    {
        await using TestCluster cluster = new(3);
        await cluster.StartAllAsync();
        await cluster.UntilLeaderAsync();
        for (int i = 0; i < 10; i++)
            await cluster[1].ProposeAsync(BitConverter.GetBytes(i), Token);
        await cluster[1].ReadBarrierAsync(Token);
        for (long id = 1; id <= 3; id++)
            await cluster.StopAsync(id);

        ForcedCluster forced = ClusterRecovery.ForceNewCluster(cluster.DirectoryOf(1), "orders-2");
        cluster.ClusterIds[1] = "orders-2";
        for (long id = 1; id <= 3; id++)
            await cluster.StartAsync(id);

        await cluster[1].ProposeAsync(BitConverter.GetBytes(100), Token);
        await cluster[2].ProposeAsync(BitConverter.GetBytes(200), Token);
        await cluster[3].ReadBarrierAsync(Token);
        Assert.Equal([.. Enumerable.Range(0, 10), 100], Values(cluster, 1));
        Assert.Equal([.. Enumerable.Range(0, 10), 200], Values(cluster, 3));
        Assert.Equal([new NodeId(1)], cluster[1].Members.List().Select(member => member.NodeId));
        Assert.True(cluster[1].Status.Raft.Term > new Term(1));
        Assert.Single(forced.Groups);
        await Until.True(
            () => cluster.Log.Lines(23).Any(line => line.Contains("Node 1 closed the connection", StringComparison.Ordinal)),
            "an old member was refused");
    }

    [Fact]
    public async Task Members_with_empty_directories_make_the_new_cluster_whole_again()
    {
        await using TestCluster cluster = new(3);
        await cluster.StartAllAsync();
        await cluster.UntilLeaderAsync();
        await cluster[2].ProposeAsync(BitConverter.GetBytes(1), Token);
        for (long id = 1; id <= 3; id++)
            await cluster.StopAsync(id);

        ClusterRecovery.ForceNewCluster(cluster.DirectoryOf(2), "orders-2");
        foreach (long id in (long[])[2, 4, 5])
            cluster.ClusterIds[id] = "orders-2";
        await cluster.StartAsync(2);
        foreach (long id in (long[])[4, 5])
            await cluster[2].Members.AddAsync(new NodeId(id), await cluster.StartJoiningAsync(id), Token);
        await Until.True(() => cluster[2].Members.List().All(member => member.Kind == MemberKind.Voter), "they have caught up");

        await cluster[4].ProposeAsync(BitConverter.GetBytes(2), Token);
        await cluster[5].ReadBarrierAsync(Token);
        Assert.Equal([1, 2], Values(cluster, 5));
    }

    [Fact]
    public async Task A_member_that_runs_is_not_forced()
    {
        await using TestCluster cluster = new(1);
        await cluster.StartAllAsync();
        RaftKvException refused =
            Assert.Throws<RaftKvException>(() => ClusterRecovery.ForceNewCluster(cluster.DirectoryOf(1), "orders-2"));
        Assert.Equal(RaftKvError.DirectoryLocked, refused.Error);
        await cluster[1].ProposeAsync(BitConverter.GetBytes(1), Token);
    }

    [Fact]
    public void A_directory_that_does_not_exist_is_not_made()
    {
        using TestDirectory directory = new();
        string path = Path.Combine(directory.Path, "nobody");
        Assert.Equal(
            RaftKvError.WrongDirectory,
            Assert.Throws<RaftKvException>(() => ClusterRecovery.ForceNewCluster(path, "orders-2")).Error);
        Assert.False(Directory.Exists(path));
    }

    private static IEnumerable<int> Values(TestCluster cluster, long id) =>
        cluster.Machine(id).Commands.Select(command => BitConverter.ToInt32(command));
}
