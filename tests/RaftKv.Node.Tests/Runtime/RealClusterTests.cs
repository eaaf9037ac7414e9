using System.Net.Sockets;
using System.Text;
using RaftKv.Node.Tests.Support;
using RaftKv.Raft;

namespace RaftKv.Node.Tests.Runtime;

/// <summary>Source: <see cref="RaftNode"/>: three members with real sockets, threads and files.</summary>
public sealed class RealClusterTests
{
    // With elections that take as long as they usually do, leadership seldom changes hands because the machine is busy.
    private static readonly TimeSpan UsualTick = TimeSpan.FromMilliseconds(100);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Proposals_through_every_member_are_applied_by_all_in_one_order()
    {
        await using TestCluster cluster = new(3);
        await cluster.StartAllAsync();
        await Task.WhenAll(Enumerable.Range(0, 600).Select(n => cluster[1 + n % 3].ProposeAsync(BitConverter.GetBytes(n), Token).AsTask()));
        foreach (RaftNode node in cluster.Nodes)
        {
            await node.ReadBarrierAsync(Token);
            Assert.Equal(600, cluster.Machine(node.NodeId.Value).Commands.Length);
            Assert.Equal(cluster.Machine(1).Commands, cluster.Machine(node.NodeId.Value).Commands);
        }
    }

    [Fact]
    public async Task A_read_under_a_lease_sees_every_write_before_it_whoever_leads()
    {
        await using TestCluster cluster = new(3) { LeaseReads = true, TickInterval = UsualTick };
        await cluster.StartAllAsync();
        for (int n = 1; n <= 60; n++)
        {
            await cluster[1 + n % 3].ProposeAsync(BitConverter.GetBytes(n), Token);
            RaftNode reader = cluster[1 + n * 7 % 3];
            await reader.ReadBarrierAsync(Token);
            Assert.Equal(n, cluster.Machine(reader.NodeId.Value).Commands.Length);
            if (n % 20 == 0)
                await HandOverAsync(cluster, null);
        }
    }

    [Fact]
    public async Task Writes_go_on_when_the_leader_is_lost_and_it_catches_up_when_it_returns()
    {
        await using TestCluster cluster = new(3);
        await cluster.StartAllAsync();
        long lost = (await cluster.UntilLeaderAsync()).NodeId.Value;
        long other = 1 + lost % 3;
        await cluster[other].ProposeAsync(BitConverter.GetBytes(1), Token);
        await cluster.StopAsync(lost);
        await cluster[other].ProposeAsync(BitConverter.GetBytes(2), Token);
        await cluster.StartAsync(lost);
        await cluster[lost].ReadBarrierAsync(Token);
        Assert.Equal([BitConverter.GetBytes(1), BitConverter.GetBytes(2)], cluster.Machine(lost).Commands);
    }

    [Fact]
    public async Task Leadership_can_be_handed_round_and_every_write_succeeds_meanwhile()
    {
        await using TestCluster cluster = new(3) { TickInterval = UsualTick };
        await cluster.StartAllAsync();
        NodeId leader = (await cluster.UntilLeaderAsync()).NodeId;
        Task<CommandResult>[] writes = [.. Enumerable.Range(0, 300).Select(n =>
            cluster[1 + n % 3].ProposeAsync(BitConverter.GetBytes(n), Token).AsTask())];
        for (int i = 0; i < 3; i++)
        {
            leader = new NodeId(1 + leader.Value % 3);
            await HandOverAsync(cluster, leader);
            await cluster[leader.Value].ReadBarrierAsync(Token);
        }
        await Task.WhenAll(writes);
    }

    [Fact]
    public async Task A_member_that_does_not_lead_cannot_hand_over()
    {
        await using TestCluster cluster = new(3) { ElectionDelayTicks = id => id == 3 ? 0 : 5000 };
        await cluster.StartAllAsync();
        await cluster.UntilLeaderAsync();
        RaftKvException refused = await Assert.ThrowsAsync<RaftKvException>(() => cluster[1].TransferLeadershipAsync(null, Token));
        Assert.Equal((RaftKvError.NotLeader, WriteOutcome.NotApplied), (refused.Error, refused.Outcome));
    }

    [Fact]
    public async Task Members_that_are_to_wait_let_another_lead()
    {
        await using TestCluster cluster = new(3) { ElectionDelayTicks = id => id == 3 ? 0 : 5000 };
        await cluster.StartAllAsync();
        Assert.Equal(new NodeId(3), (await cluster.UntilLeaderAsync()).NodeId);
    }

    [Fact]
    public async Task Waiting_for_a_leader_ends_at_the_deadline_of_a_request()
    {
        await using TestCluster cluster = new(3) { RequestTimeout = TimeSpan.FromMilliseconds(100) };
        await cluster.StartAsync(1);
        RaftKvException none = await Assert.ThrowsAsync<RaftKvException>(() => cluster[1].WaitForLeaderAsync(Token));
        Assert.Equal((RaftKvError.NoLeader, WriteOutcome.NotApplied), (none.Error, none.Outcome));
    }

    [Fact]
    public async Task A_cluster_restarts_with_everything_it_acknowledged()
    {
        await using TestCluster cluster = new(3);
        await cluster.StartAllAsync();
        await Task.WhenAll(Enumerable.Range(0, 300).Select(n => cluster[2].ProposeAsync(BitConverter.GetBytes(n), Token).AsTask()));
        foreach (long id in (long[])[1, 2, 3])
            await cluster.StopAsync(id);
        await cluster.StartAllAsync();
        await cluster[3].ReadBarrierAsync(Token);
        Assert.Equal(300, cluster.Machine(3).Commands.Length);
    }

    [Fact]
    public async Task Members_restart_in_turn_under_writers_and_nothing_acknowledged_is_lost_or_doubled()
    {
        await using TestCluster cluster = new(3);
        await cluster.StartAllAsync();
        await cluster.UntilLeaderAsync();
        using CancellationTokenSource enough = new();
        Task<List<int>>[] writers = [.. Enumerable.Range(0, 6).Select(w => Task.Run(() => WriteAsync(cluster, w, enough.Token)))];
        for (int round = 0; round < Seeds.Rounds(1); round++)
        {
            foreach (long id in (long[])[1, 2, 3])
            {
                await cluster.StopAsync(id);
                await cluster[1 + id % 3].ProposeAsync(BitConverter.GetBytes(-1), Token);
                await cluster.StartAsync(id);
                await cluster[id].ReadBarrierAsync(Token);
            }
        }
        await enough.CancelAsync();
        List<int> acknowledged = [.. (await Task.WhenAll(writers)).SelectMany(numbers => numbers)];
        await cluster[1].ReadBarrierAsync(Token);
        int[] applied = [.. cluster.Machine(1).Commands.Select(command => BitConverter.ToInt32(command)).Where(number => number >= 0)];
        Assert.Equal(applied.Length, applied.Distinct().Count());
        Assert.Empty(acknowledged.Except(applied));
        Assert.NotEmpty(acknowledged);
    }

    [Fact]
    public async Task A_rolling_restart_fails_no_write_that_is_repeated_when_it_was_not_applied()
    {
        await using TestCluster cluster = new(3);
        await cluster.StartAllAsync();
        await cluster.UntilLeaderAsync();
        using CancellationTokenSource enough = new();
        Task<int>[] writers = [.. Enumerable.Range(0, 6).Select(w => Task.Run(() => WriteAllAsync(cluster, w, enough.Token)))];
        for (int round = 0; round < Seeds.Rounds(2); round++)
        {
            foreach (long id in (long[])[1, 2, 3])
            {
                await cluster.StopAsync(id);
                await cluster.StartAsync(id);
                await cluster[id].ReadBarrierAsync(Token);
            }
        }
        await enough.CancelAsync();
        int[] written = await Task.WhenAll(writers);
        await cluster[1].ReadBarrierAsync(Token);
        int[] applied = [.. cluster.Machine(1).Commands.Select(command => BitConverter.ToInt32(command)).Order()];
        Assert.Equal([.. Enumerable.Range(0, 6).SelectMany(w => Enumerable.Range(0, written[w]).Select(n => w + 6 * n)).Order()], applied);
        Assert.All(written, count => Assert.NotEqual(0, count));
    }

    [Fact]
    public async Task A_leader_that_stops_leaves_another_in_its_place()
    {
        await using TestCluster cluster = new(3) { TickInterval = TestCluster.PatientTick };
        await cluster.StartAllAsync();
        RaftNode old = await cluster.UntilLeaderAsync();
        await cluster.StopAsync(old.NodeId.Value);
        Assert.Null(await old.Stopped);
        NodeId next = Assert.NotNull(old.Leader);
        Assert.NotEqual(old.NodeId, next);
        RaftKvException refused = await Assert.ThrowsAsync<RaftKvException>(() => old.ProposeAsync(new byte[1], Token).AsTask());
        Assert.Equal((RaftKvError.Stopped, WriteOutcome.NotApplied), (refused.Error, refused.Outcome));
        Assert.Equal(next, refused.LeaderHint);
    }

    [Fact]
    public async Task Garbage_on_the_port_disturbs_nobody()
    {
        await using TestCluster cluster = new(3);
        await cluster.StartAllAsync();
        await cluster[1].ProposeAsync(new byte[1], Token);
        using Socket stranger = await Loopback.ConnectAsync(cluster[1].ListenEndPoint!);
        await stranger.SendAsync(Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\n\r\n"), Token);
        await Loopback.ReadToEndAsync(stranger);
        await cluster[1].ProposeAsync(new byte[1], Token);
        Assert.All(cluster.Nodes, node => Assert.Null(node.Status.StopReason));
    }

    [Fact]
    public async Task A_member_alone_of_three_times_out_without_a_lie()
    {
        await using TestCluster cluster = new(3);
        RaftNodeOptions template = cluster.Options(1, Loopback.Bind());
        RaftNodeOptions options = new()
        {
            NodeId = template.NodeId,
            ClusterId = template.ClusterId,
            DataDirectory = template.DataDirectory,
            ListenSocket = template.ListenSocket,
            Members = template.Members,
            TickInterval = TimeSpan.FromMilliseconds(5),
            RequestTimeout = TimeSpan.FromMilliseconds(50),
        };
        await using RaftNode node = await RaftNode.StartAsync(options, new ListMachine(), Token);
        RaftKvException write = await Assert.ThrowsAsync<RaftKvException>(() => node.ProposeAsync(new byte[1], Token).AsTask());
        RaftKvException read = await Assert.ThrowsAsync<RaftKvException>(() => node.ReadBarrierAsync(Token).AsTask());
        Assert.Equal((RaftKvError.NoLeader, WriteOutcome.NotApplied), (write.Error, write.Outcome));
        Assert.Equal(RaftKvError.NoLeader, read.Error);
        await Until.True(() => node.Status.Raft.Role == Role.PreCandidate, "it asks whether it may campaign");
    }

    // Whoever leads hands over, to the member that is named, until it has: leadership may change hands by itself meanwhile.
    private static Task HandOverAsync(TestCluster cluster, NodeId? target) => Until.True(
        async () =>
        {
            RaftNode leader = await cluster.UntilLeaderAsync();
            if (leader.NodeId == target)
                return true;
            try
            {
                NodeId next = await leader.TransferLeadershipAsync(target, Token);
                Assert.NotEqual(leader.NodeId, next);
                return target is null || next == target;
            }
            catch (RaftKvException e) when (e.Error == RaftKvError.NotLeader)
            {
                return false;
            }
        },
        "leadership is handed over");

    // Writes numbers of its own, each until it is applied, through the members in turn; returns how many.
    private static async Task<int> WriteAllAsync(TestCluster cluster, int writer, CancellationToken enough)
    {
        int written = 0;
        for (int member = 0; !enough.IsCancellationRequested; member++)
        {
            if (cluster.Find(1 + member % 3) is not { } node)
                continue;
            try
            {
                await node.ProposeAsync(BitConverter.GetBytes(writer + 6 * written), CancellationToken.None);
                written++;
            }
            catch (RaftKvException e) when (e.Outcome == WriteOutcome.NotApplied)
            {
                // The next member is asked.
            }
        }
        return written;
    }

    // Writes numbers of its own through the members in turn; returns those that were acknowledged.
    private static async Task<List<int>> WriteAsync(TestCluster cluster, int writer, CancellationToken enough)
    {
        List<int> acknowledged = [];
        for (int number = writer; !enough.IsCancellationRequested; number += 6)
        {
            // Each number goes to the next member: while one is away, the others are asked.
            if (cluster.Find(1 + number / 6 % 3) is not { } node)
                continue;
            try
            {
                await node.ProposeAsync(BitConverter.GetBytes(number), CancellationToken.None);
                acknowledged.Add(number);
            }
            catch (RaftKvException e)
            {
                Assert.Contains(e.Error, new[] { RaftKvError.Stopped, RaftKvError.Timeout, RaftKvError.NoLeader });
            }
        }
        return acknowledged;
    }
}
