using RaftKv.Node.Tests.Support;
using RaftKv.Raft;
using RaftKv.Raft.Membership;
using RaftKv.Testing.World;

namespace RaftKv.Node.Tests.World;

/// <summary>Members that lose their disks, on whole members in virtual time.</summary>
public sealed class LostDiskTests
{
    [Fact]
    public void A_member_with_an_empty_disk_counts_only_once_it_was_admitted_again()
    {
        for (ulong seed = 1; seed <= 20; seed++)
        {
            SimulatedCluster cluster = Settled(seed, out SimulatedNode leader);
            SimulatedNode lost = cluster.Nodes.First(node => node != leader);
            SimulatedNode third = cluster.Nodes.Single(node => node != leader && node != lost);
            long before = Members(leader).IncarnationOf(lost.Id);
            third.Crash();
            lost.Wipe();
            lost.Start();
            // Two of three are there, but one of them may have promised anything: nothing is committed by its word.
            SimulatedProposal early = leader.Propose([1]);
            cluster.Run(2_000_000);
            Assert.Null(early.Result);
            third.Start();
            cluster.RunUntil(() => cluster.Leader is { } now && now != lost && Members(now).IsVoter(lost.Id)
                && Members(now).IncarnationOf(lost.Id) != before);
            cluster.RunUntil(() => Commands(lost).Length == cluster.History.Count && cluster.Leader is not null);
            third.Crash();
            cluster.RunUntil(() => cluster.Leader is { } now && now != third && now.Driver!.Leader == now.Id);
            SimulatedProposal late = cluster.Leader!.Propose([2]);
            cluster.RunUntil(() => late.IsOver);
            Assert.True(late.Result is not null, $"Seed {seed}: {late.Failure?.Message}");
        }
    }

    [Fact]
    public void A_leader_that_loses_its_disk_comes_back_behind_another_and_no_acknowledged_write_is_lost()
    {
        for (ulong seed = 1; seed <= 20; seed++)
        {
            SimulatedCluster cluster = Settled(seed, out SimulatedNode leader);
            int acknowledged = cluster.History.Count;
            leader.Wipe();
            leader.Start();
            cluster.RunUntil(() => cluster.Leader is { } now && now != leader && Members(now).IsVoter(leader.Id)
                && Commands(leader).Length >= acknowledged);
            Assert.Equal(cluster.History.Take(acknowledged), Commands(leader).Take(acknowledged));
        }
    }

    [Fact]
    public void A_member_whose_disk_is_an_older_copy_stops_once_it_hears_what_it_had_acknowledged_and_is_admitted_anew_when_started()
    {
        for (ulong seed = 1; seed <= 20; seed++)
        {
            SimulatedCluster cluster = Settled(seed, out SimulatedNode leader);
            SimulatedNode member = cluster.Nodes.First(node => node != leader);
            cluster.RunUntil(() => Commands(member).Length == 20);
            Dictionary<string, byte[]> copy = member.Disk.Files().ToDictionary(path => path, member.Disk.ReadFile);
            for (byte i = 20; i < 40; i++)
            {
                SimulatedProposal write = leader.Propose([i]);
                cluster.RunUntil(() => write.IsOver);
            }
            cluster.RunUntil(() => Commands(member).Length == 40);
            member.Wipe();
            foreach ((string path, byte[] content) in copy)
                member.Disk.WriteFile(path, content);
            member.Start();
            cluster.RunUntil(() => member.Driver!.StopReason is not null);
            Assert.Contains("an older copy was put in its place", member.Driver!.StopReason!.Message, StringComparison.Ordinal);
            long before = Members(cluster.Leader!).IncarnationOf(member.Id);
            member.Kill();
            member.Start();
            Assert.True(member.Driver!.IsRepairing);
            cluster.RunUntil(() => cluster.Leader is { } now && Members(now).IsVoter(member.Id)
                && Members(now).IncarnationOf(member.Id) != before && Commands(member).Length == 40);
        }
    }

    private static SimulatedCluster Settled(ulong seed, out SimulatedNode leader)
    {
        SimulatedCluster cluster = new(new SimulatedClusterOptions { Seed = seed, OpenMachine = (_, _) => new ListMachine() });
        cluster.RunUntil(() => cluster.Leader is { } now && Members(now).Incarnations.Length == 3
            && now.Driver!.Status.Commit >= now.Driver.Status.ConfigurationIndex);
        leader = cluster.Leader!;
        for (byte i = 0; i < 20; i++)
        {
            SimulatedProposal write = leader.Propose([i]);
            cluster.RunUntil(() => write.IsOver);
        }
        return cluster;
    }

    private static Configuration Members(SimulatedNode node) => node.Driver!.Status.Configuration;

    private static byte[][] Commands(SimulatedNode node) => node.Machine is ListMachine machine ? machine.Commands : [];
}
