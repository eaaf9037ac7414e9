using RaftKv.Node.Tests.Support;
using RaftKv.Raft;
using RaftKv.Testing.Network;
using RaftKv.Testing.World;

namespace RaftKv.Node.Tests.World;

/// <summary>Stopping in good order, on whole members in virtual time.</summary>
public sealed class StopTests
{
    private const long TickMicros = 100_000;

    [Fact]
    public void A_leader_that_stops_has_handed_over_two_ticks_later()
    {
        for (ulong seed = 1; seed <= 50; seed++)
        {
            SimulatedCluster cluster = Led(seed, 3, out SimulatedNode old);
            old.Stop();
            cluster.RunUntil(() => HasStopped(old), 2 * TickMicros);
            SimulatedNode next = cluster.Leader!;
            Assert.NotEqual(old, next);
            Assert.Equal(next.Id, old.Driver!.Leader);
            SimulatedProposal write = next.Propose([1]);
            cluster.RunUntil(() => write.IsOver);
            Assert.NotNull(write.Result);
        }
    }

    [Fact]
    public void It_hands_over_to_the_one_member_that_is_left()
    {
        for (ulong seed = 1; seed <= 20; seed++)
        {
            SimulatedCluster cluster = Led(seed, 3, out SimulatedNode old);
            cluster.Nodes.First(node => node != old).Crash();
            old.Stop();
            cluster.RunUntil(() => HasStopped(old), 30 * TickMicros);
            Assert.NotEqual(old.Id, old.Driver!.Leader);
            Assert.NotEqual(NodeId.None, old.Driver.Leader);
        }
    }

    [Fact]
    public void A_stop_sees_a_hand_over_that_was_under_way_through()
    {
        for (ulong seed = 1; seed <= 20; seed++)
        {
            SimulatedCluster cluster = Led(seed, 3, out SimulatedNode old);
            SimulatedNode target = cluster.Nodes.Last(node => node != old);
            cluster.Nodes.First(node => node != old && node != target).Crash();
            SimulatedTransfer transfer = old.TransferLeadership(target.Id);
            cluster.RunUntil(() => old.Driver!.Role != Role.Leader);
            old.Stop();
            cluster.RunUntil(() => HasStopped(old));
            Assert.Equal(target.Id, transfer.Leader);
            Assert.Equal(target, cluster.Leader);
        }
    }

    [Fact]
    public void What_is_under_way_ends_with_its_result_and_what_comes_later_is_refused()
    {
        for (ulong seed = 1; seed <= 20; seed++)
        {
            SimulatedCluster cluster = Led(seed, 3, out SimulatedNode leader);
            foreach (SimulatedNode stopping in cluster.Nodes.OrderBy(node => node == leader).Skip(1))
            {
                SimulatedProposal[] writes = [.. Enumerable.Range(0, 10).Select(n => stopping.Propose([(byte)n]))];
                stopping.Stop();
                SimulatedProposal late = stopping.Propose([99]);
                Assert.Equal((RaftKvError.Stopped, WriteOutcome.NotApplied), (late.Failure!.Error, late.Failure.Outcome));
                Assert.Equal(stopping == leader ? null : leader.Id, late.Failure.LeaderHint);
                cluster.RunUntil(() => HasStopped(stopping));
                Assert.All(writes, write => Assert.NotNull(write.Result));
                stopping.Crash();
                stopping.Start();
                cluster.RunUntil(() => stopping.Driver!.Leader != NodeId.None);
            }
            Assert.DoesNotContain(cluster.History, command => command[0] == 99);
        }
    }

    [Fact]
    public void Nobody_to_take_over_does_not_keep_it()
    {
        SimulatedCluster cluster = Led(5, 3, out SimulatedNode old);
        cluster.Network.Isolate(old.Id, cluster.Nodes.Select(node => node.Id));
        old.Stop();
        cluster.RunUntil(() => HasStopped(old), 25 * TickMicros);
        Assert.Equal(RaftKvError.Stopped, old.Driver!.StopReason!.Error);
    }

    [Fact]
    public void A_write_that_cannot_end_is_told_so_at_the_deadline()
    {
        SimulatedCluster cluster = Led(6, 3, out SimulatedNode old);
        cluster.Network.Isolate(old.Id, cluster.Nodes.Select(node => node.Id));
        SimulatedProposal write = old.Propose([1]);
        old.Stop();
        cluster.RunUntil(() => HasStopped(old), 52 * TickMicros);
        Assert.Equal(WriteOutcome.Unknown, write.Failure!.Outcome);
    }

    [Fact]
    public void A_follower_and_a_lone_member_stop_at_once()
    {
        SimulatedCluster three = Led(7, 3, out SimulatedNode leader);
        SimulatedNode follower = three.Nodes.First(node => node != leader);
        follower.Stop();
        Assert.True(HasStopped(follower));
        Led(8, 1, out SimulatedNode lone);
        lone.Stop();
        Assert.True(HasStopped(lone));
    }

    [Fact]
    public void A_bad_network_delays_a_stop_until_the_deadline_at_most()
    {
        for (ulong seed = 1; seed <= 50; seed++)
        {
            SimulatedCluster cluster = Led(seed, 3, out SimulatedNode old);
            cluster.Network.Faults = new NetworkFaults { LossChance = 0.3, RepeatChance = 0.2, LateChance = 0.1 };
            SimulatedProposal[] writes = [.. cluster.Nodes.Select(node => node.Propose([(byte)node.Id.Value]))];
            old.Stop();
            cluster.RunUntil(() => HasStopped(old), 52 * TickMicros);
            cluster.Heal();
            cluster.RunUntil(() => writes.All(write => write.IsOver));
            Assert.Equal(cluster.History.Count, cluster.History.Select(command => command[0]).Distinct().Count());
        }
    }

    private static bool HasStopped(SimulatedNode node) => node.Driver!.StopReason is not null;

    private static SimulatedCluster Led(ulong seed, int members, out SimulatedNode leader)
    {
        SimulatedCluster cluster = new(
            new SimulatedClusterOptions { Seed = seed, Members = members, OpenMachine = (_, _) => new ListMachine() });
        cluster.RunUntil(() => cluster.Leader is not null && cluster.Nodes.All(node => node.Driver!.Leader != NodeId.None));
        leader = cluster.Leader!;
        return cluster;
    }
}
