using RaftKv.Node.Tests.Support;
using RaftKv.Raft;
using RaftKv.Raft.Membership;
using RaftKv.Testing.Network;
using RaftKv.Testing.World;

namespace RaftKv.Node.Tests.World;

/// <summary>Changing who belongs to the cluster, on whole members in virtual time (Raft 6, thesis 4).</summary>
public sealed class MembershipTests
{
    [Fact]
    public void A_member_that_is_added_catches_up_and_is_made_a_voter()
    {
        for (ulong seed = 1; seed <= 10; seed++)
        {
            SimulatedCluster cluster = Led(seed, 3, out SimulatedNode leader);
            Write(cluster, leader, 50);
            SimulatedNode added = cluster.AddNode();
            Change(cluster, leader, MembershipChange.Add(added.Id, SimulatedCluster.AddressOf(added.Id)));
            cluster.RunUntil(() => cluster.Nodes.All(node => Members(node).IsVoter(added.Id)));
            cluster.RunUntil(() => Commands(added).Length == 50);
            Assert.Equal("node4:7000", Members(added).AddressOf(added.Id));
        }
    }

    [Fact]
    public void The_added_member_decides_with_the_others_and_keeps_its_place_over_restarts()
    {
        for (ulong seed = 1; seed <= 10; seed++)
        {
            SimulatedCluster cluster = Led(seed, 1, out SimulatedNode founder);
            SimulatedNode added = Joined(cluster, founder);
            foreach (SimulatedNode node in cluster.Nodes)
            {
                node.Crash();
                node.Start();
            }
            cluster.RunUntil(() => cluster.Leader is not null);
            Assert.All(cluster.Nodes, node => Assert.StartsWith("voters=(1 2) incarnations", Members(node).ToString(), StringComparison.Ordinal));
            Write(cluster, cluster.Leader!, 5);
            added.Crash();
            SimulatedProposal alone = founder.Propose([1]);
            cluster.RunUntil(() => alone.IsOver);
            Assert.NotNull(alone.Failure);
        }
    }

    [Fact]
    public void A_removed_member_stops_and_says_so_whether_it_was_there_or_comes_back_later()
    {
        for (ulong seed = 1; seed <= 20; seed++)
        {
            SimulatedCluster cluster = Led(seed, 3, out SimulatedNode leader);
            SimulatedNode gone = cluster.Nodes.Last(node => node != leader);
            bool isAway = seed % 2 == 0;
            if (isAway)
                gone.Crash();
            Change(cluster, leader, MembershipChange.Remove(gone.Id));
            Write(cluster, leader, 5);
            gone.Start();
            cluster.RunUntil(() => gone.Driver!.StopReason is not null);
            Assert.Equal(RaftKvError.Removed, gone.Driver!.StopReason!.Error);
            gone.Crash();
            gone.Start();
            cluster.RunUntil(() => gone.Driver!.StopReason is not null);
            Write(cluster, cluster.Leader!, 5);
        }
    }

    [Fact]
    public void A_leader_that_removes_itself_answers_stops_and_leaves_another_in_its_place()
    {
        for (ulong seed = 1; seed <= 20; seed++)
        {
            SimulatedCluster cluster = Led(seed, 3, out SimulatedNode leader);
            SimulatedMembership wish = leader.Change(MembershipChange.Remove(leader.Id));
            cluster.RunUntil(() => wish.IsOver);
            Assert.True(wish.Succeeded);
            cluster.RunUntil(() => leader.Driver!.StopReason is not null);
            Assert.Equal(RaftKvError.Removed, leader.Driver!.StopReason!.Error);
            cluster.RunUntil(() => cluster.Nodes.Any(node => node != leader && node.Driver!.Role == Role.Leader));
            Write(cluster, cluster.Nodes.First(node => node.Driver!.Role == Role.Leader && node != leader), 5);
        }
    }

    [Fact]
    public void A_leader_that_removes_itself_and_is_cut_off_meanwhile_learns_what_became_of_it()
    {
        for (ulong seed = 1; seed <= 20; seed++)
        {
            SimulatedCluster cluster = Led(seed, 3, out SimulatedNode leader);
            Write(cluster, leader, 1);
            SimulatedMembership wish = leader.Change(MembershipChange.Remove(leader.Id));
            foreach (SimulatedNode other in cluster.Nodes)
                cluster.Network.Cut(other.Id, leader.Id);
            cluster.RunUntil(() => cluster.Leader is { } next && next != leader);
            Write(cluster, cluster.Leader!, 1);
            cluster.Network.Heal();
            cluster.RunUntil(() => leader.Driver!.StopReason is not null);
            Assert.Equal((RaftKvError.Removed, true), (leader.Driver!.StopReason!.Error, wish.Succeeded));
        }
    }

    [Fact]
    public void A_lost_member_is_replaced_in_one_joint_step()
    {
        for (ulong seed = 1; seed <= 10; seed++)
        {
            SimulatedCluster cluster = Led(seed, 3, out SimulatedNode leader);
            Write(cluster, leader, 20);
            SimulatedNode lost = cluster.Nodes.First(node => node != leader);
            lost.Crash();
            SimulatedNode added = cluster.AddNode();
            Change(cluster, leader, MembershipChange.Replace(lost.Id, added.Id, SimulatedCluster.AddressOf(added.Id)));
            cluster.RunUntil(() => Members(leader).IsVoter(added.Id));
            Assert.False(Members(leader).IsMember(lost.Id));
            SimulatedNode third = cluster.Nodes.Single(node => node != leader && node != lost && node != added);
            third.Crash();
            Write(cluster, leader, 5);
            cluster.RunUntil(() => Commands(added).Length == 25);
        }
    }

    [Fact]
    public void Asking_for_what_is_so_already_succeeds_and_changes_nothing()
    {
        SimulatedCluster cluster = Led(3, 3, out SimulatedNode leader);
        SimulatedNode added = Joined(cluster, leader);
        LogIndex before = leader.Driver!.Status.Last.Index;
        Change(cluster, leader, MembershipChange.Add(added.Id, SimulatedCluster.AddressOf(added.Id)));
        Change(cluster, leader, MembershipChange.Promote(added.Id));
        Change(cluster, leader, MembershipChange.Remove(new NodeId(9)));
        Assert.Equal(before, leader.Driver!.Status.Last.Index);
    }

    [Fact]
    public void What_cannot_be_done_is_refused_at_once_with_its_reason()
    {
        SimulatedCluster cluster = Led(4, 3, out SimulatedNode leader);
        SimulatedNode follower = cluster.Nodes.First(node => node != leader);
        NodeId four = new(4);
        RaftKvException elsewhere = follower.Change(MembershipChange.Add(four, SimulatedCluster.AddressOf(four))).Failure!;
        Assert.Equal((RaftKvError.NotLeader, WriteOutcome.NotApplied), (elsewhere.Error, elsewhere.Outcome));
        Assert.Equal(leader.Id, elsewhere.LeaderHint);
        Refused(cluster, leader, MembershipChange.Add(follower.Id, SimulatedCluster.AddressOf(four)), "give the new member another number");
        Refused(cluster, leader, MembershipChange.Add(four, SimulatedCluster.AddressOf(follower.Id)), "there is member");
        Refused(cluster, leader, MembershipChange.Promote(four), "There is no member 4.");
        Refused(cluster, leader, MembershipChange.Demote(four), "There is no member 4.");
        Refused(cluster, leader, MembershipChange.Move(four, SimulatedCluster.AddressOf(four)), "There is no member 4.");
        Refused(cluster, leader, MembershipChange.Replace(new NodeId(8), four, SimulatedCluster.AddressOf(four)), "no member 8");
        Refused(cluster, leader, MembershipChange.Add(new NodeId(0), SimulatedCluster.AddressOf(four)), "1 or more");
        SimulatedCluster alone = Led(5, 1, out SimulatedNode only);
        Refused(alone, only, MembershipChange.Remove(only.Id), "No voter");
    }

    [Fact]
    public void Members_are_demoted_promoted_and_moved()
    {
        SimulatedCluster cluster = Led(6, 3, out SimulatedNode leader);
        NodeId member = cluster.Nodes.First(node => node != leader).Id;
        Change(cluster, leader, MembershipChange.Demote(member));
        Assert.True(Members(leader).IsLearner(member));
        Change(cluster, leader, MembershipChange.Promote(member));
        cluster.RunUntil(() => Members(leader).IsVoter(member));
        Change(cluster, leader, MembershipChange.Move(member, new System.Net.DnsEndPoint("elsewhere", 1)));
        cluster.RunUntil(() => cluster.Nodes.All(node => Members(node).AddressOf(member) == "elsewhere:1"));
    }

    [Fact]
    public void Changes_asked_for_together_are_made_one_after_the_other()
    {
        SimulatedCluster cluster = Led(7, 3, out SimulatedNode leader);
        SimulatedNode[] added = [cluster.AddNode(), cluster.AddNode()];
        SimulatedMembership[] wishes = [.. added.Select(node => leader.Change(MembershipChange.Add(node.Id, SimulatedCluster.AddressOf(node.Id))))];
        cluster.RunUntil(() => wishes.All(wish => wish.IsOver));
        Assert.All(wishes, wish => Assert.True(wish.Succeeded));
        cluster.RunUntil(() => cluster.Nodes.All(node => Members(node).Voters.Length == 5));
    }

    [Fact]
    public void Members_come_and_go_while_members_crash_and_messages_are_lost()
    {
        for (int round = 0; round < Seeds.Rounds(15); round++)
            Churn((ulong)(2000 + round));
    }

    // Wishes at random leaders under faults; then everything heals, and whoever is a member must agree and serve.
    private static void Churn(ulong seed)
    {
        SimulatedCluster cluster = Led(seed, 3, out _);
        cluster.AddNode();
        cluster.AddNode();
        cluster.Network.Faults = new NetworkFaults { LossChance = 0.02, RepeatChance = 0.02, LateChance = 0.01, DelayMicrosMax = 3_000 };
        for (int i = 0; i < 300; i++)
        {
            Act(cluster);
            cluster.Run(1 + cluster.Random.Next(50_000));
        }
        cluster.Heal();
        SimulatedProposal? last = null;
        cluster.RunUntil(() =>
        {
            SimulatedNode? leader = cluster.Nodes.FirstOrDefault(node => node.Driver?.Role == Role.Leader && node.Driver.StopReason is null);
            if (leader is not null && (last is null || last.Failure is not null))
                last = leader.Propose([1]);
            return last?.Result is not null;
        });
        cluster.RunUntil(() => cluster.Nodes.Where(IsMember).All(node => Commands(node).Length == cluster.History.Count));
    }

    private static void Act(SimulatedCluster cluster)
    {
        SimulatedNode node = cluster.Nodes[cluster.Random.Next(cluster.Nodes.Count)];
        NodeId other = cluster.Nodes[cluster.Random.Next(cluster.Nodes.Count)].Id;
        switch (cluster.Random.Next(16))
        {
            case 0 when node.IsUp:
                node.Crash();
                break;
            case 1 or 2:
                node.Start();
                break;
            case 3:
                cluster.Network.Cut(node.Id, other);
                break;
            case 4 or 5:
                cluster.Network.Heal();
                break;
            case 6 when node.IsUp:
                node.Change(MembershipChange.Add(other, SimulatedCluster.AddressOf(other)));
                break;
            case 7 when node.IsUp && other.Value > 3:
                node.Change(MembershipChange.Demote(other));
                break;
            default:
                if (node.IsUp)
                    node.Propose([0]);
                break;
        }
    }

    private static bool IsMember(SimulatedNode node) => node.Driver is { StopReason: null } && Members(node).IsMember(node.Id);

    private static SimulatedCluster Led(ulong seed, int members, out SimulatedNode leader)
    {
        SimulatedCluster cluster = new(
            new SimulatedClusterOptions { Seed = seed, Members = members, OpenMachine = (_, _) => new ListMachine() });
        // Every member's disk identity is on record, so that no change of the leader's own is under way.
        cluster.RunUntil(() => cluster.Leader is { } now && Members(now).Incarnations.Length == members
            && now.Driver!.Status.Commit >= now.Driver.Status.ConfigurationIndex);
        leader = cluster.Leader!;
        return cluster;
    }

    private static SimulatedNode Joined(SimulatedCluster cluster, SimulatedNode leader)
    {
        SimulatedNode added = cluster.AddNode();
        Change(cluster, leader, MembershipChange.Add(added.Id, SimulatedCluster.AddressOf(added.Id)));
        cluster.RunUntil(() => cluster.Nodes.All(node => Members(node).IsVoter(added.Id)
            && node.Driver!.Status.Commit >= node.Driver.Status.ConfigurationIndex));
        return added;
    }

    private static void Change(SimulatedCluster cluster, SimulatedNode leader, MembershipChange change)
    {
        SimulatedMembership wish = leader.Change(change);
        cluster.RunUntil(() => wish.IsOver);
        Assert.True(wish.Succeeded, wish.Failure?.Message);
    }

    private static void Refused(SimulatedCluster cluster, SimulatedNode leader, MembershipChange change, string reason)
    {
        SimulatedMembership wish = leader.Change(change);
        cluster.RunUntil(() => wish.IsOver);
        Assert.Equal((RaftKvError.MembershipRefused, WriteOutcome.NotApplied), (wish.Failure!.Error, wish.Failure.Outcome));
        Assert.Contains(reason, wish.Failure.Message, StringComparison.Ordinal);
    }

    private static void Write(SimulatedCluster cluster, SimulatedNode node, int count)
    {
        for (int i = 0; i < count; i++)
        {
            SimulatedProposal proposal = node.Propose(BitConverter.GetBytes(i));
            cluster.RunUntil(() => proposal.IsOver);
            Assert.NotNull(proposal.Result);
        }
    }

    private static Configuration Members(SimulatedNode node) => node.Driver!.Status.Configuration;

    private static byte[][] Commands(SimulatedNode node) => node.Machine is ListMachine machine ? machine.Commands : [];
}
