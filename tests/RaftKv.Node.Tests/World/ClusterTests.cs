using RaftKv.Node.Tests.Support;
using RaftKv.Raft;
using RaftKv.Testing.Disk;
using RaftKv.Testing.Network;
using RaftKv.Testing.World;

namespace RaftKv.Node.Tests.World;

/// <summary>Source: <see cref="RaftKv.Node.Driver.NodeDriver"/>: whole members (driver, log, machine) on one thread in virtual time.</summary>
public sealed class ClusterTests
{
    [Fact]
    public void A_proposal_at_any_member_is_applied_by_all_and_answered_where_it_was_made()
    {
        SimulatedCluster cluster = ClusterOf(3, seed: 1);
        cluster.RunUntil(() => cluster.Leader is not null);
        List<SimulatedProposal> proposals = [];
        for (byte i = 0; i < 30; i++)
            proposals.Add(cluster.Nodes[i % 3].Propose([i]));
        cluster.RunUntil(() => proposals.All(proposal => proposal.IsOver));
        Assert.All(proposals, proposal => Assert.NotNull(proposal.Result));
        cluster.RunUntil(() => cluster.Nodes.All(node => Commands(node).Length == 30));
        Assert.Equal(Enumerable.Range(0, 30).Select(n => (byte)n), Commands(cluster.Nodes[0]).Select(command => command[0]).Order());
        Assert.All(cluster.Nodes, node => Assert.Equal(Commands(cluster.Nodes[0]), Commands(node)));
    }

    [Fact]
    public void A_lone_member_needs_nobody()
    {
        SimulatedCluster cluster = ClusterOf(1, seed: 2);
        SimulatedProposal early = cluster.Nodes[0].Propose([7]);
        cluster.RunUntil(() => early.IsOver);
        Assert.NotNull(early.Result);
    }

    [Fact]
    public void A_proposal_without_a_leader_is_never_sent_and_safe_to_repeat()
    {
        SimulatedCluster cluster = ClusterOf(3, seed: 3);
        cluster.RunUntil(() => cluster.Leader is not null);
        SimulatedNode alone = cluster.Nodes.First(node => node != cluster.Leader);
        cluster.Network.Isolate(alone.Id, cluster.Nodes.Select(node => node.Id));
        cluster.RunUntil(() => alone.Driver!.Leader == NodeId.None);
        SimulatedProposal proposal = alone.Propose([1]);
        cluster.RunUntil(() => proposal.IsOver);
        Assert.Equal((WriteOutcome.NotApplied, RaftKvError.NoLeader), (proposal.Failure!.Outcome, proposal.Failure.Error));
    }

    [Fact]
    public void A_leader_that_is_cut_off_answers_unknown_and_never_a_result()
    {
        SimulatedCluster cluster = ClusterOf(3, seed: 4);
        cluster.RunUntil(() => cluster.Leader is not null);
        SimulatedNode old = cluster.Leader!;
        cluster.Network.Isolate(old.Id, cluster.Nodes.Select(node => node.Id));
        SimulatedProposal proposal = old.Propose([1]);
        cluster.RunUntil(() => proposal.IsOver);
        Assert.Equal((WriteOutcome.Unknown, RaftKvError.Timeout), (proposal.Failure!.Outcome, proposal.Failure.Error));
    }

    [Fact]
    public void A_proposal_overwritten_by_another_terms_entry_is_proposed_again_and_applied_once()
    {
        SimulatedCluster cluster = ClusterOf(3, seed: 5);
        cluster.RunUntil(() => cluster.Leader is not null);
        SimulatedNode old = cluster.Leader!;
        cluster.Network.Isolate(old.Id, cluster.Nodes.Select(node => node.Id));
        SimulatedProposal proposal = old.Propose([42]);
        cluster.RunUntil(() => cluster.Leader is { } leader && leader != old);
        cluster.Heal();
        cluster.RunUntil(() => proposal.IsOver);
        Assert.NotNull(proposal.Result);
        Assert.Single(cluster.History, command => command[0] == 42);
    }

    [Fact]
    public void A_read_on_any_member_sees_every_write_acknowledged_before_it()
    {
        SimulatedCluster cluster = ClusterOf(3, seed: 6);
        for (byte i = 0; i < 20; i++)
        {
            SimulatedProposal write = cluster.Nodes[i % 3].Propose([i]);
            cluster.RunUntil(() => write.IsOver);
            SimulatedNode reader = cluster.Nodes[(i + 1) % 3];
            int seen = 0;
            SimulatedRead read = reader.Read(() => seen = Commands(reader).Length);
            cluster.RunUntil(() => read.IsOver);
            Assert.True(read.Succeeded);
            Assert.Equal(i + 1, seen);
        }
    }

    [Fact]
    public void A_failing_flush_stops_a_member_for_good_and_nothing_it_holds_is_acknowledged()
    {
        SimulatedCluster cluster = ClusterOf(3, seed: 7);
        cluster.RunUntil(() => cluster.Leader is not null);
        SimulatedNode broken = cluster.Leader!;
        broken.Disk.Faults = operation => operation.Kind == DiskOperationKind.Flush
            ? DiskFault.Fail
            : DiskFault.None;
        SimulatedProposal proposal = broken.Propose([1]);
        cluster.RunUntil(() => broken.Driver!.StopReason is not null);
        Assert.Equal(RaftKvError.Storage, broken.Driver!.StopReason!.Error);
        Assert.Equal(WriteOutcome.Unknown, proposal.Failure!.Outcome);
        SimulatedProposal refused = broken.Propose([2]);
        Assert.Equal(WriteOutcome.NotApplied, refused.Failure!.Outcome);
        cluster.RunUntil(() => cluster.Leader is { } leader && leader != broken && leader.Driver!.Leader == leader.Id);
    }

    [Fact]
    public void The_log_is_given_up_where_everyone_has_it_and_kept_for_one_that_lags()
    {
        SimulatedCluster cluster = ClusterOf(3, seed: 8, checkpointEvery: 10);
        cluster.RunUntil(() => cluster.Leader is not null);
        SimulatedNode lagging = cluster.Nodes.First(node => node != cluster.Leader);
        Write(cluster, cluster.Leader!, 200);
        cluster.RunUntil(() => cluster.Nodes.All(node => node.Driver!.Status.Base.Index.Value > 100));
        lagging.Crash();
        long keptFrom = cluster.Leader!.Driver!.Status.Base.Index.Value;
        Write(cluster, cluster.Leader!, 300);
        Assert.True(cluster.Leader!.Driver!.Status.Base.Index.Value < keptFrom + 200);
        cluster.Heal();
        cluster.RunUntil(() => Commands(lagging).Length == 500);
        cluster.RunUntil(() => cluster.Nodes.All(node => node.Driver!.Status.Base.Index.Value > 400));
    }

    [Fact]
    public void Equal_seeds_give_equal_traces_and_other_seeds_others()
    {
        ulong first = Storm(99, 400).Trace.Value;
        Assert.Equal(first, Storm(99, 400).Trace.Value);
        Assert.NotEqual(first, Storm(100, 400).Trace.Value);
    }

    [Fact]
    public void No_acknowledged_write_is_lost_whatever_crashes_loses_or_repeats()
    {
        for (int round = 0; round < Seeds.Rounds(25); round++)
            Storm((ulong)(1000 + round), 600);
    }

    // Writes through any member while members crash, links break and messages are lost, repeated and late; then everything heals,
    // and what was acknowledged must be there, once and in one order on all.
    private static SimulatedCluster Storm(ulong seed, int actions)
    {
        SimulatedCluster cluster = ClusterOf(3, seed, checkpointEvery: 20);
        cluster.Network.Faults = new NetworkFaults { LossChance = 0.02, RepeatChance = 0.02, LateChance = 0.01, DelayMicrosMax = 3_000 };
        List<(SimulatedProposal Proposal, long Number)> writes = [];
        for (int i = 0; i < actions; i++)
        {
            Act(cluster, writes);
            cluster.Run(1 + cluster.Random.Next(30_000));
        }
        foreach (SimulatedNode node in cluster.Nodes)
            node.Disk.Faults = null;
        cluster.Heal();
        SimulatedProposal? last = null;
        cluster.RunUntil(() =>
        {
            if (last is null || last.Failure is not null)
                last = cluster.Nodes[0].Propose(BitConverter.GetBytes(-1L));
            return last.Result is not null;
        });
        cluster.RunUntil(() => cluster.Nodes.All(node => Commands(node).Length == cluster.History.Count));
        Judge(cluster, writes);
        return cluster;
    }

    private static void Act(SimulatedCluster cluster, List<(SimulatedProposal Proposal, long Number)> writes)
    {
        SimulatedNode node = cluster.Nodes[cluster.Random.Next(cluster.Nodes.Count)];
        switch (cluster.Random.Next(40))
        {
            case 0 when node.IsUp:
                node.Crash();
                break;
            case 1 or 2 or 14:
                node.Disk.Faults = null;
                node.Start();
                break;
            case 13:
                // The power goes in the middle of one of the next writes.
                long fatal = node.Disk.Operations + 1 + cluster.Random.Next(20);
                node.Disk.Faults = operation => operation.Number >= fatal ? DiskFault.Crash : DiskFault.None;
                break;
            case 3:
                cluster.Network.Isolate(node.Id, cluster.Nodes.Select(other => other.Id));
                break;
            case 4:
                cluster.Network.Cut(node.Id, cluster.Nodes[cluster.Random.Next(cluster.Nodes.Count)].Id);
                break;
            case 5 or 6 or 7:
                cluster.Network.Heal();
                break;
            case 8 or 9 or 10 or 11 or 12 when node.IsUp:
                Read(cluster, node, writes);
                break;
            default:
                if (node.IsUp)
                    writes.Add((node.Propose(BitConverter.GetBytes((long)writes.Count)), writes.Count));
                break;
        }
    }

    // Whatever was acknowledged when the read was asked for must be there when it is served (thesis 6.4).
    private static void Read(SimulatedCluster cluster, SimulatedNode node, List<(SimulatedProposal Proposal, long Number)> writes)
    {
        long[] acknowledged = [.. writes.Where(write => write.Proposal.Result is not null).Select(write => write.Number)];
        node.Read(() =>
        {
            HashSet<long> seen = [.. Commands(node).Select(command => BitConverter.ToInt64(command))];
            Assert.True(acknowledged.All(seen.Contains), $"Seed {cluster.Options.Seed}: a read on member {node.Id} is stale.");
        });
    }

    private static void Judge(SimulatedCluster cluster, List<(SimulatedProposal Proposal, long Number)> writes)
    {
        Dictionary<long, int> times = [];
        foreach (byte[] command in Commands(cluster.Nodes[0]))
        {
            long number = BitConverter.ToInt64(command);
            times[number] = times.GetValueOrDefault(number) + 1;
        }
        foreach ((SimulatedProposal proposal, long number) in writes)
        {
            int count = times.GetValueOrDefault(number);
            Assert.True(count <= 1, $"Seed {cluster.Options.Seed}: write {number} was applied {count} times.");
            if (proposal.Result is not null)
                Assert.True(count == 1, $"Seed {cluster.Options.Seed}: write {number} was acknowledged and is lost.");
            if (proposal.Failure?.Outcome == WriteOutcome.NotApplied)
                Assert.True(count == 0, $"Seed {cluster.Options.Seed}: write {number} was called not applied and is there.");
        }
        Assert.All(cluster.Nodes, node => Assert.Equal(Commands(cluster.Nodes[0]), Commands(node)));
    }

    private static SimulatedCluster ClusterOf(int members, ulong seed, int checkpointEvery = int.MaxValue)
    {
        return new SimulatedCluster(new SimulatedClusterOptions
        {
            Seed = seed,
            Members = members,
            OpenMachine = (_, directory) => new ListMachine(directory, checkpointEvery),
        });
    }

    private static byte[][] Commands(SimulatedNode node) => node.Machine is ListMachine machine ? machine.Commands : [];

    private static void Write(SimulatedCluster cluster, SimulatedNode node, int count)
    {
        for (int i = 0; i < count; i++)
        {
            SimulatedProposal proposal = node.Propose(BitConverter.GetBytes(i));
            cluster.RunUntil(() => proposal.IsOver);
            Assert.NotNull(proposal.Result);
        }
    }
}
