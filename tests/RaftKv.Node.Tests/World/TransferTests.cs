using RaftKv.Node.Tests.Support;
using RaftKv.Raft;
using RaftKv.Testing.Network;
using RaftKv.Testing.World;

namespace RaftKv.Node.Tests.World;

/// <summary>Handing leadership over, on whole members in virtual time (thesis 3.10).</summary>
public sealed class TransferTests
{
    [Fact]
    public void Leadership_goes_to_the_member_named_and_writes_that_wait_go_on_with_it()
    {
        for (ulong seed = 1; seed <= 20; seed++)
        {
            SimulatedCluster cluster = Led(seed, out SimulatedNode leader);
            NodeId target = cluster.Nodes.Last(node => node != leader).Id;
            SimulatedTransfer transfer = leader.TransferLeadership(target);
            SimulatedProposal[] writes = [.. cluster.Nodes.Select(node => node.Propose([(byte)node.Id.Value]))];
            cluster.RunUntil(() => transfer.IsOver && writes.All(write => write.IsOver));
            Assert.Equal(target, transfer.Leader);
            Assert.Equal(target, cluster.Leader!.Id);
            Assert.All(writes, write => Assert.NotNull(write.Result));
            Assert.Equal(3, cluster.History.Count);
        }
    }

    [Fact]
    public void Without_a_name_it_goes_to_one_that_can_be_reached()
    {
        for (ulong seed = 1; seed <= 20; seed++)
        {
            SimulatedCluster cluster = Led(seed, out SimulatedNode leader);
            SimulatedNode lost = cluster.Nodes.First(node => node != leader);
            lost.Crash();
            SimulatedProposal write = leader.Propose([1]);
            cluster.RunUntil(() => write.IsOver);
            SimulatedTransfer transfer = leader.TransferLeadership();
            cluster.RunUntil(() => transfer.IsOver);
            Assert.Equal(cluster.Nodes.Single(node => node != leader && node != lost).Id, transfer.Leader);
        }
    }

    [Fact]
    public void It_happens_although_messages_are_lost()
    {
        for (ulong seed = 1; seed <= 20; seed++)
        {
            SimulatedCluster cluster = Led(seed, out SimulatedNode leader);
            cluster.Network.Faults = new NetworkFaults { LossChance = 0.2, RepeatChance = 0.1 };
            SimulatedTransfer transfer = leader.TransferLeadership();
            SimulatedProposal[] writes = [.. cluster.Nodes.Select(node => node.Propose([(byte)node.Id.Value]))];
            cluster.RunUntil(() => transfer.IsOver && writes.All(write => write.IsOver));
            Assert.True(transfer.Leader is not null || transfer.Failure!.Error == RaftKvError.Timeout, $"Seed {seed}");
            Assert.Equal(cluster.History.Count, cluster.History.Select(command => command[0]).Distinct().Count());
        }
    }

    [Fact]
    public void A_target_out_of_reach_leaves_the_leader_in_place_and_writes_go_on()
    {
        SimulatedCluster cluster = Led(3, out SimulatedNode leader);
        SimulatedNode lost = cluster.Nodes.First(node => node != leader);
        lost.Crash();
        SimulatedTransfer transfer = leader.TransferLeadership(lost.Id);
        SimulatedProposal[] writes = [.. cluster.Nodes.Where(node => node.IsUp).Select(node => node.Propose([(byte)node.Id.Value]))];
        cluster.RunUntil(() => writes.All(write => write.IsOver));
        Assert.All(writes, write => Assert.NotNull(write.Result));
        Assert.False(transfer.IsOver);
        cluster.RunUntil(() => transfer.IsOver);
        Assert.Equal((RaftKvError.Timeout, WriteOutcome.NotApplied), (transfer.Failure!.Error, transfer.Failure.Outcome));
        Assert.Equal(leader, cluster.Leader);
        SimulatedProposal later = leader.Propose([9]);
        cluster.RunUntil(() => later.IsOver);
        Assert.NotNull(later.Result);
    }

    [Fact]
    public void What_cannot_be_done_is_refused_at_once_with_its_reason()
    {
        SimulatedCluster cluster = Led(4, out SimulatedNode leader);
        SimulatedNode follower = cluster.Nodes.First(node => node != leader);
        cluster.RunUntil(() => follower.Driver!.Leader == leader.Id);
        RaftKvException refused = follower.TransferLeadership().Failure!;
        Assert.Equal((RaftKvError.NotLeader, WriteOutcome.NotApplied), (refused.Error, refused.Outcome));
        Assert.Equal(leader.Id, refused.LeaderHint);
        Assert.Equal(RaftKvError.InvalidTarget, leader.TransferLeadership(leader.Id).Failure!.Error);
        Assert.Equal(RaftKvError.InvalidTarget, leader.TransferLeadership(new NodeId(9)).Failure!.Error);
        SimulatedTransfer first = leader.TransferLeadership(follower.Id);
        NodeId third = cluster.Nodes.Single(node => node != leader && node != follower).Id;
        Assert.Equal(RaftKvError.Busy, leader.TransferLeadership(third).Failure!.Error);
        cluster.RunUntil(() => first.IsOver);
        Assert.Equal(follower.Id, first.Leader);
    }

    private static SimulatedCluster Led(ulong seed, out SimulatedNode leader)
    {
        SimulatedCluster cluster = new(new SimulatedClusterOptions { Seed = seed, OpenMachine = (_, _) => new ListMachine() });
        cluster.RunUntil(() => cluster.Leader is not null && cluster.Nodes.All(node => node.Driver!.Leader != NodeId.None));
        leader = cluster.Leader!;
        return cluster;
    }
}
