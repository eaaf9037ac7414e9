using RaftKv.Node.Tests.Support;
using RaftKv.Raft;
using RaftKv.Raft.Membership;
using RaftKv.Testing.Disk;
using RaftKv.Testing.Network;
using RaftKv.Testing.World;

namespace RaftKv.Node.Tests.World;

/// <summary>Members brought up to date by another's state in place of the log (Raft 7), on whole members in virtual time.</summary>
public sealed class SnapshotTests
{
    [Fact]
    public void A_member_that_is_far_behind_gets_state_and_goes_on_from_there()
    {
        for (ulong seed = 1; seed <= 20; seed++)
        {
            SimulatedCluster cluster = ClusterOf(seed, out SimulatedNode leader);
            SimulatedNode lagging = cluster.Nodes.First(node => node != leader);
            Write(cluster, leader, 20);
            lagging.Crash();
            Write(cluster, leader, 300);
            Assert.True(leader.Driver!.Status.Base.Index.Value > 200, $"Seed {seed}: the log was kept");
            lagging.Start();
            cluster.RunUntil(() => Commands(lagging).Length == 320);
            Assert.Equal(1, ((TravellingList)lagging.Machine!).Installed);
            Write(cluster, leader, 10);
            cluster.RunUntil(() => Commands(lagging).Length == 330);
            lagging.Crash();
            lagging.Start();
            cluster.RunUntil(() => Commands(lagging).Length == 330);
        }
    }

    [Fact]
    public void A_member_that_joins_late_gets_state_and_the_members_with_it()
    {
        for (ulong seed = 1; seed <= 20; seed++)
        {
            SimulatedCluster cluster = ClusterOf(seed, out SimulatedNode leader);
            Write(cluster, leader, 200);
            SimulatedNode added = cluster.AddNode();
            SimulatedMembership wish = leader.Change(MembershipChange.Add(added.Id, SimulatedCluster.AddressOf(added.Id)));
            cluster.RunUntil(() => wish.IsOver && Members(added).IsVoter(added.Id));
            cluster.RunUntil(() => Commands(added).Length == 200
                && added.Driver!.Status.Commit >= added.Driver.Status.ConfigurationIndex);
            added.Crash();
            added.Start();
            Assert.True(Members(added).IsVoter(added.Id));
            Write(cluster, leader, 5);
        }
    }

    [Fact]
    public void Who_gets_a_damaged_state_from_the_leader_gets_a_whole_one_from_another_member()
    {
        for (ulong seed = 1; seed <= 10; seed++)
        {
            SimulatedCluster cluster = ClusterOf(seed, out SimulatedNode leader);
            Write(cluster, leader, 200);
            ((TravellingList)leader.Machine!).GivesDamaged = true;
            List<string> told = [];
            cluster.TraceLine = told.Add;
            SimulatedNode added = cluster.AddNode();
            SimulatedMembership wish = leader.Change(MembershipChange.Add(added.Id, SimulatedCluster.AddressOf(added.Id)));
            cluster.RunUntil(() => wish.IsOver && Members(added).IsVoter(added.Id) && Commands(added).Length == 200);
            Assert.Contains(told, line => line.Contains("took no state: incoming, offset 0: the list is cut", StringComparison.Ordinal));
            Assert.Same(leader, cluster.Leader);
        }
    }

    [Fact]
    public void A_crash_at_any_disk_operation_of_an_installation_leaves_the_old_state_or_the_new()
    {
        int interrupted = 0;
        for (int fatal = 1; fatal <= 60; fatal++)
        {
            SimulatedCluster cluster = ClusterOf((ulong)fatal, out SimulatedNode leader);
            SimulatedNode lagging = cluster.Nodes.First(node => node != leader);
            Write(cluster, leader, 20);
            lagging.Crash();
            Write(cluster, leader, 200);
            lagging.Start();
            long crashAt = lagging.Disk.Operations + fatal;
            lagging.Disk.Faults = operation => operation.Number >= crashAt ? DiskFault.Crash : DiskFault.None;
            cluster.RunUntil(() => !lagging.IsUp || Commands(lagging).Length == 220);
            interrupted += lagging.IsUp ? 0 : 1;
            lagging.Disk.Faults = null;
            lagging.Start();
            Assert.True(lagging.IsUp);
            cluster.RunUntil(() => Commands(lagging).Length == 220);
            Write(cluster, leader, 5);
            cluster.RunUntil(() => Commands(lagging).Length == 225);
        }
        Assert.True(interrupted > 10, $"only {interrupted} were interrupted");
    }

    [Fact]
    public void A_witness_keeps_no_data_and_holds_the_group_together()
    {
        for (ulong seed = 1; seed <= 10; seed++)
        {
            SimulatedCluster cluster = ClusterOf(seed, out SimulatedNode leader, members: 2);
            Write(cluster, leader, 200);
            SimulatedNode witness = cluster.AddNode();
            SimulatedMembership wish = leader.Change(MembershipChange.AddWitness(witness.Id, SimulatedCluster.AddressOf(witness.Id)));
            cluster.RunUntil(() => wish.IsOver);
            Assert.True(wish.Succeeded);
            Write(cluster, leader, 50);
            cluster.RunUntil(() => witness.Driver!.Status.Commit == leader.Driver!.Status.Commit);
            witness.Crash();
            witness.Start();
            SimulatedNode other = cluster.Nodes.Single(node => node != leader && node != witness);
            cluster.RunUntil(() => Commands(other).Length == 250);
            other.Crash();
            Write(cluster, leader, 100);
            // Before it knows that it is a witness it may take a state like any other; nothing is added to it.
            Assert.True(Commands(witness).Length < Commands(leader).Length);
            cluster.RunUntil(() => witness.Driver!.Status.Base.Index.Value > 100);
        }
    }

    [Fact]
    public void No_acknowledged_write_is_lost_while_state_travels_and_members_crash()
    {
        for (int round = 0; round < Seeds.Rounds(15); round++)
            Storm((ulong)(3000 + round));
    }

    // Writes while members crash and lag beyond the log, messages are lost and states travel; then everything heals, and all agree.
    private static void Storm(ulong seed)
    {
        SimulatedCluster cluster = ClusterOf(seed, out _);
        cluster.Network.Faults = new NetworkFaults { LossChance = 0.02, RepeatChance = 0.02, LateChance = 0.01, DelayMicrosMax = 3_000 };
        List<(SimulatedProposal Proposal, long Number)> writes = [];
        for (int i = 0; i < 500; i++)
        {
            SimulatedNode node = cluster.Nodes[cluster.Random.Next(cluster.Nodes.Count)];
            int dice = cluster.Random.Next(40);
            if (dice == 0 && node.IsUp)
                node.Crash();
            else if (dice <= 1 || (dice == 2 && !node.IsUp))
                Restart(node);
            else if (dice == 3)
                CrashLater(cluster, node);
            else if (dice == 4)
                cluster.Network.Isolate(node.Id, cluster.Nodes.Select(other => other.Id));
            else if (dice == 5)
                cluster.Network.Heal();
            for (int n = 0; n < 5 && node.IsUp && dice > 5; n++)
                writes.Add((node.Propose(BitConverter.GetBytes((long)writes.Count)), writes.Count));
            cluster.Run(1 + cluster.Random.Next(60_000));
        }
        foreach (SimulatedNode node in cluster.Nodes)
            node.Disk.Faults = null;
        cluster.Heal();
        cluster.RunUntil(() => cluster.Nodes.All(node => node.IsUp && Commands(node).Length == cluster.History.Count)
            && writes.All(write => write.Proposal.IsOver || !cluster.Nodes.Any(node => node.Driver!.PendingProposals > 0)));
        Judge(cluster, writes);
    }

    private static void Restart(SimulatedNode node)
    {
        node.Disk.Faults = null;
        node.Start();
    }

    private static void CrashLater(SimulatedCluster cluster, SimulatedNode node)
    {
        long fatal = node.Disk.Operations + 1 + cluster.Random.Next(20);
        node.Disk.Faults = operation => operation.Number >= fatal ? DiskFault.Crash : DiskFault.None;
    }

    private static void Judge(SimulatedCluster cluster, List<(SimulatedProposal Proposal, long Number)> writes)
    {
        long[] applied = [.. Commands(cluster.Nodes[0]).Select(command => BitConverter.ToInt64(command))];
        Assert.Equal(applied.Length, applied.Distinct().Count());
        HashSet<long> there = [.. applied];
        foreach ((SimulatedProposal proposal, long number) in writes)
        {
            if (proposal.Result is not null)
                Assert.True(there.Contains(number), $"Seed {cluster.Options.Seed}: write {number} was acknowledged and is lost.");
            if (proposal.Failure?.Outcome == WriteOutcome.NotApplied)
                Assert.False(there.Contains(number), $"Seed {cluster.Options.Seed}: write {number} was called not applied and is there.");
        }
        Assert.All(cluster.Nodes, node => Assert.Equal(Commands(cluster.Nodes[0]), Commands(node)));
    }

    private static SimulatedCluster ClusterOf(ulong seed, out SimulatedNode leader, int members = 3)
    {
        SimulatedCluster cluster = new(new SimulatedClusterOptions
        {
            Seed = seed,
            Members = members,
            OpenMachine = (_, directory) => new TravellingList(directory, commandsPerCheckpoint: 10),
            LogBytesKeptMax = 1024,
            ReleaseEntriesMin = 8,
        });
        cluster.RunUntil(() => cluster.Leader is { } now && Members(now).Incarnations.Length == members
            && now.Driver!.Status.Commit >= now.Driver.Status.ConfigurationIndex);
        leader = cluster.Leader!;
        return cluster;
    }

    private static void Write(SimulatedCluster cluster, SimulatedNode node, int count)
    {
        for (int i = 0; i < count; i++)
        {
            SimulatedProposal proposal = node.Propose(new byte[100]);
            cluster.RunUntil(() => proposal.IsOver);
            Assert.NotNull(proposal.Result);
        }
    }

    private static Configuration Members(SimulatedNode node) => node.Driver!.Status.Configuration;

    private static byte[][] Commands(SimulatedNode node) => node.Machine is ListMachine machine ? machine.Commands : [];
}
