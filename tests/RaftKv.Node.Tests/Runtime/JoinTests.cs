using System.Net;
using RaftKv.Node.Tests.Support;
using RaftKv.Node.Workers;
using RaftKv.Raft;

namespace RaftKv.Node.Tests.Runtime;

/// <summary>Source: <see cref="Joining"/> and <see cref="MembershipRoute"/>: one member is enough to know.</summary>
public sealed class JoinTests
{
    private const int JoinDone = 30;
    private const int JoinRefused = 31;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_node_that_knows_one_member_which_does_not_lead_becomes_a_voter(bool secure)
    {
        using TestAuthority authority = new();
        await using TestCluster cluster = new(3)
        {
            Certificates = secure ? id => new SettableCertificates(authority.Issue(id)) : null,
        };
        await cluster.StartAllAsync();
        await cluster[1].ProposeAsync(BitConverter.GetBytes(1), Token);
        RaftNode leader = await cluster.UntilLeaderAsync();
        long follower = cluster.Nodes.First(node => node != leader).NodeId.Value;

        EndPoint address = await cluster.StartJoiningAsync(4, through: follower);

        await Until.True(() => IsVoter(cluster, 4, at: 4), "it votes");
        await cluster[4].ReadBarrierAsync(Token);
        Assert.Equal([1], cluster.Machine(4).Commands.Select(command => BitConverter.ToInt32(command)));
        Assert.Equal(address, cluster[4].Members.List().Single(member => member.NodeId == new NodeId(4)).Address);
        await Until.True(() => cluster.Log.Lines(JoinDone).Length == 1, "it is said once");
    }

    [Fact]
    public async Task A_node_that_stops_while_it_joins_is_a_member_once_after_it_was_started_again()
    {
        await using TestCluster cluster = new(3);
        await cluster.StartAllAsync();
        await cluster.UntilLeaderAsync();
        for (int i = 0; i < 5; i++)
        {
            await cluster.StartJoiningAsync(4, through: 1 + i % 3);
            await cluster.StopAsync(4);
        }
        await cluster.StartJoiningAsync(4, through: 1);
        await Until.True(() => IsVoter(cluster, 4, at: 4), "it votes");
        await cluster.StopAsync(4);

        await cluster.StartJoiningAsync(4, through: 1);
        await cluster[4].ProposeAsync(BitConverter.GetBytes(1), Token);
        await cluster[1].ReadBarrierAsync(Token);
        await Until.True(() => IsVoter(cluster, 4, at: 1), "member 1 says so");
        Assert.Equal(4, cluster[1].Members.List().Count);
    }

    [Fact]
    public async Task A_node_that_cannot_be_added_says_why_and_is_added_once_it_can()
    {
        await using TestCluster cluster = new(3);
        await cluster.StartAllAsync();
        RaftNode leader = await cluster.UntilLeaderAsync();
        EndPoint elsewhere = new DnsEndPoint("nowhere.invalid", 7004);
        await leader.Members.ChangeAsync(MembershipChange.AddLearner(new NodeId(4), elsewhere), Token);

        await cluster.StartJoiningAsync(4, through: 1);

        await Until.True(() => IsToldWhyNot(cluster, "Member 4 is there at nowhere.invalid:7004"), "it is told why not");
        await leader.Members.RemoveAsync(new NodeId(4), Token);
        await Until.True(() => IsVoter(cluster, 4, at: 4), "it votes");
    }

    [Fact]
    public async Task A_node_whose_certificate_names_another_is_kept_out()
    {
        using TestAuthority authority = new();
        await using TestCluster cluster = new(1)
        {
            Certificates = id => new SettableCertificates(authority.Issue(id == 4 ? 5 : id)),
        };
        await cluster.StartAllAsync();
        await cluster.UntilLeaderAsync();

        await cluster.StartJoiningAsync(4, through: 1);

        await Until.True(() => IsToldWhyNot(cluster, "its certificate names raftkv://orders/5, not raftkv://orders/4"), "it is told why not");
        Assert.Single(cluster[1].Members.List());
    }

    [Fact]
    public async Task A_change_asked_of_any_member_is_made_by_the_leader()
    {
        await using TestCluster cluster = new(3);
        await cluster.StartAllAsync();
        RaftNode leader = await cluster.UntilLeaderAsync();
        RaftNode[] others = [.. cluster.Nodes.Where(node => node != leader)];
        EndPoint address = await cluster.StartJoiningAsync(4);

        await others[0].Members.AddAsync(new NodeId(4), address, Token);
        await Until.True(() => IsVoter(cluster, 4, at: 4), "it votes");
        await others[0].Members.AddAsync(new NodeId(4), address, Token);
        RaftKvException refused = await Assert.ThrowsAsync<RaftKvException>(
            () => others[1].Members.AddAsync(new NodeId(5), address, Token));
        Assert.Equal((RaftKvError.MembershipRefused, WriteOutcome.NotApplied), (refused.Error, refused.Outcome));
        await others[1].Members.RemoveAsync(new NodeId(4), Token);

        Assert.Equal(RaftKvError.Removed, (await cluster[4].Stopped.WaitAsync(Until.Patience, Token))?.Error);
    }

    [Fact]
    public async Task A_change_asked_where_no_leader_can_be_had_ends_at_its_deadline_as_not_made()
    {
        // Two of three do not run, and time stands still: a tick waits, and the connections to the two.
        const int Waiting = 3;
        ManualTime time = new();
        await using TestCluster cluster = new(3) { Time = time };
        await cluster.StartAsync(1);
        await Until.True(() => time.Waiting == Waiting, "the others cannot be reached");
        Task change = cluster[1].Members.RemoveAsync(new NodeId(3), Token);
        // What ends in the middle of an attempt might still be made, so it is to end between two of them: then a pause waits beside the deadline.
        await Until.True(() => time.Waiting == Waiting + 2, "it pauses before it tries again");
        time.Advance(cluster.RequestTimeout);
        RaftKvException refused = await Assert.ThrowsAsync<RaftKvException>(() => change);

        Assert.Equal((RaftKvError.NotLeader, WriteOutcome.NotApplied), (refused.Error, refused.Outcome));
    }

    // Other reasons may come first: that nobody leads just then, for one.
    private static bool IsToldWhyNot(TestCluster cluster, string reason) =>
        cluster.Log.Lines(JoinRefused).Any(line => line.Contains(reason, StringComparison.Ordinal));

    private static bool IsVoter(TestCluster cluster, long id, long at) => cluster.Find(at) is { } node
        && node.Members.List().Any(member => member.NodeId == new NodeId(id) && member.Kind == MemberKind.Voter);
}
