using RaftKv.Node.Tests.Support;
using RaftKv.Raft;
using RaftKv.Raft.Membership;
using RaftKv.Storage.Disk;
using RaftKv.Storage.Wal;
using RaftKv.Testing.Disk;
using RaftKv.Testing.World;

namespace RaftKv.Node.Tests.World;

/// <summary>Members whose log has damaged bytes, on whole members in virtual time, with writes going on.</summary>
public sealed class DamagedLogTests
{
    private const int Seeds = 6;

    [Theory]
    [InlineData("Entry")]
    [InlineData("State")]
    [InlineData("SegmentStart")]
    [InlineData("GroupStart")]
    [InlineData("Seal")]
    [InlineData("Release")]
    [InlineData("Oldest")]
    [InlineData("Mark")]
    [InlineData("Repair")]
    public void Damage_in_a_record_of_any_kind_is_mended_while_writes_go_on_and_none_is_lost(string kind)
    {
        int damaged = 0;
        for (ulong seed = 1; seed <= Seeds; seed++)
        {
            using DamagedCluster world = DamagedCluster.WithOneDown(seed, checkpoints: kind is "Release" or "Oldest");
            SimulatedNode member = world.Member;
            if (kind == "Repair")
                world.MendOnceFirst(member);
            foreach (bool inHeader in (bool[])[false, true])
            {
                if (!DamagedCluster.Damage(member, kind, inHeader))
                    continue;
                damaged++;
                member.Start();
                world.WriteUntilWhole(member);
                world.GoDown(member);
            }
        }
        Assert.True(damaged > 0, $"No record of kind {kind} was damaged.");
    }

    [Fact]
    public void Missing_entries_are_fetched_exactly_and_the_member_keeps_its_vote_and_its_identity()
    {
        for (ulong seed = 1; seed <= Seeds; seed++)
        {
            using DamagedCluster world = DamagedCluster.WithOneDown(seed);
            SimulatedNode member = world.Member;
            DamagedCluster.DamageEntries(member, 20, 40);
            List<string> told = [];
            world.Cluster.TraceLine = told.Add;
            member.Start();
            Assert.True(member.Driver!.IsRepairing);
            world.WriteUntilWhole(member);
            Assert.Contains(told, line => line.Contains("has its log", StringComparison.Ordinal));
            Assert.DoesNotContain(told, line => line.Contains("begins anew", StringComparison.Ordinal));
            Assert.Equal(world.Identity, world.RecordedIdentity);
        }
    }

    [Fact]
    public void One_healthy_member_and_one_with_missing_entries_are_a_majority_once_those_were_fetched()
    {
        for (ulong seed = 1; seed <= Seeds; seed++)
        {
            using DamagedCluster world = new(seed);
            world.Write(DamagedCluster.Writes);
            SimulatedNode member = world.Member;
            SimulatedNode other = world.Cluster.Nodes.First(node => node != member);
            world.GoDown(member);
            DamagedCluster.DamageEntries(member, 10, 60);
            other.Crash();
            world.Cluster.Run(3_000_000);
            Assert.Null(world.Cluster.Leader);
            member.Start();
            world.WriteUntilWhole(member);
        }
    }

    [Fact]
    public void Members_that_miss_different_entries_help_each_other()
    {
        for (ulong seed = 1; seed <= Seeds; seed++)
        {
            using DamagedCluster world = new(seed);
            world.Write(DamagedCluster.Writes);
            world.Cluster.RunUntil(() => world.Cluster.Nodes.All(node => Commands(node).Length == DamagedCluster.Writes));
            for (int i = 0; i < 3; i++)
            {
                world.GoDown(world.Cluster.Nodes[i]);
                DamagedCluster.DamageEntries(world.Cluster.Nodes[i], 10 + 40 * i, 40 + 40 * i);
            }
            foreach (SimulatedNode node in world.Cluster.Nodes)
                node.Start();
            world.WriteUntilWhole(world.Cluster.Nodes[0]);
            world.WriteUntilWhole(world.Cluster.Nodes[1]);
            world.WriteUntilWhole(world.Cluster.Nodes[2]);
        }
    }

    [Fact]
    public void A_member_that_lost_its_last_state_is_silent_until_the_group_has_decided_without_it_and_is_then_admitted_anew()
    {
        for (ulong seed = 1; seed <= Seeds; seed++)
        {
            using DamagedCluster world = DamagedCluster.WithOneDown(seed);
            SimulatedNode member = world.Member;
            DamagedCluster.DamageLastState(member);
            SimulatedNode other = world.Cluster.Nodes.First(node => node != member);
            other.Crash();
            member.Start();
            // It may have promised more than it knows: its word does not make a majority.
            world.Cluster.Run(20_000_000);
            Assert.Null(world.Cluster.Leader);
            Assert.True(member.Driver!.IsRepairing);
            other.Start();
            world.WriteUntilWhole(member);
            world.Cluster.RunUntil(() => Members(world.Cluster.Leader!).IsVoter(member.Id) && world.RecordedIdentity != world.Identity);
            Assert.Contains(member.Disk.Files(), path => path.EndsWith(".damaged", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void A_majority_that_lost_more_than_can_be_told_refuses_and_is_whole_once_one_of_them_has_its_file_back()
    {
        for (ulong seed = 1; seed <= Seeds; seed++)
        {
            using DamagedCluster world = new(seed);
            world.Write(DamagedCluster.Writes);
            SimulatedNode[] lost = [world.Cluster.Nodes[0], world.Cluster.Nodes[1]];
            world.GoDown(lost[0]);
            world.GoDown(lost[1]);
            Dictionary<string, byte[]> whole = lost[0].Disk.Files().ToDictionary(path => path, lost[0].Disk.ReadFile);
            foreach (SimulatedNode node in lost)
            {
                DamagedCluster.DamageLastState(node);
                node.Start();
            }
            world.Cluster.RunUntil(() => lost.All(node => !node.IsWorking));
            RaftKvException refusal = lost[0].Driver!.StopReason!;
            Assert.Equal(RaftKvError.Storage, refusal.Error);
            Assert.Contains("offset", refusal.Message, StringComparison.Ordinal);
            Assert.Contains(".wal", refusal.Message, StringComparison.Ordinal);
            lost[0].Crash();
            lost[1].Crash();
            foreach ((string path, byte[] content) in whole)
                lost[0].Disk.WriteFile(path, content);
            lost[0].Start();
            lost[1].Start();
            world.WriteUntilWhole(lost[1]);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_member_that_was_removed_before_its_log_could_be_mended_stops_and_says_so(bool isDoubtful)
    {
        for (ulong seed = 1; seed <= Seeds; seed++)
        {
            using DamagedCluster world = DamagedCluster.WithOneDown(seed);
            SimulatedNode member = world.Member;
            if (isDoubtful)
                DamagedCluster.DamageLastState(member);
            else
                DamagedCluster.DamageEntries(member, 20, 40);
            world.Cluster.RunUntil(() => world.Cluster.Leader is { IsWorking: true });
            SimulatedMembership removal = world.Cluster.Leader!.Change(MembershipChange.Remove(member.Id));
            world.Cluster.RunUntil(() => removal.IsOver);
            Assert.True(removal.Succeeded);
            foreach (SimulatedNode other in world.Cluster.Nodes)
                world.Cluster.Network.Cut(other.Id, member.Id);
            member.Start();
            Assert.True(member.Driver!.IsRepairing);
            world.Cluster.Run(1_000_000);
            Assert.True(member.IsWorking);
            world.Cluster.Network.Heal();
            world.Cluster.RunUntil(() => !member.IsWorking);
            Assert.Equal(RaftKvError.Removed, member.Driver!.StopReason!.Error);
        }
    }

    [Fact]
    public void A_mended_log_that_was_damaged_elsewhere_meanwhile_faults_the_member_and_the_next_start_mends_that_too()
    {
        const long Identities = 2;
        for (ulong seed = 1; seed <= Seeds; seed++)
        {
            using DamagedCluster world = DamagedCluster.WithOneDown(seed);
            SimulatedNode member = world.Member;
            DamagedCluster.DamageEntries(member, 20, 40);
            member.Start();
            Assert.True(member.Driver!.IsRepairing);
            Assert.True(LogBytes.Damage(member.Disk, record => record is { Type: "Entry", Index: Identities }, inHeader: false));
            world.Cluster.RunUntil(() => !member.IsWorking);
            Assert.Equal(RaftKvError.Storage, member.Driver!.StopReason!.Error);
            Assert.Contains("entry 2 ", member.Driver.StopReason.Message, StringComparison.Ordinal);
            world.Cluster.Run(1_000_000);
            member.Kill();
            member.Start();
            world.WriteUntilWhole(member);
        }
    }

    [Fact]
    public void Whatever_bytes_are_damaged_the_member_comes_back_and_nothing_is_lost()
    {
        int rounds = 0;
        for (ulong seed = 1; seed <= 25; seed++)
        {
            using DamagedCluster world = new(seed, checkpoints: seed % 2 == 0);
            SplittableRandom random = world.Cluster.Random.Fork("damage");
            world.Write(60 + random.Next(100));
            for (int round = 0; round < 4; round++)
            {
                SimulatedNode member = world.Cluster.Nodes[random.Next(3)];
                world.GoDown(member);
                string[] files = [.. member.Disk.Files().Where(path => path.EndsWith(".wal", StringComparison.Ordinal))];
                for (int spots = 1 + random.Next(3); spots > 0; spots--)
                    LogBytes.Damage(member.Disk, files[random.Next(files.Length)], random);
                member.Start();
                world.WriteUntilWhole(member);
                rounds++;
            }
        }
        Assert.Equal(100, rounds);
    }

    [Fact]
    public void Whatever_places_the_device_cannot_read_the_member_comes_back_and_nothing_is_lost()
    {
        for (ulong seed = 1; seed <= Seeds * 4; seed++)
        {
            using DamagedCluster world = new(seed);
            SplittableRandom random = new(seed);
            world.Write(DamagedCluster.Writes);
            SimulatedNode member = world.Member;
            world.GoDown(member);
            for (int spots = 1 + random.Next(3); spots > 0; spots--)
                LogBytes.MakeUnreadable(member.Disk, random);
            member.Start();
            world.WriteUntilWhole(member);
            world.GoDown(member);
            member.Start();
            world.WriteUntilWhole(member);
        }
    }

    [Fact]
    public void A_log_of_which_nothing_can_be_read_is_set_aside_and_the_member_is_admitted_anew()
    {
        for (ulong seed = 1; seed <= Seeds; seed++)
        {
            using DamagedCluster world = DamagedCluster.WithOneDown(seed, checkpoints: seed % 2 == 0);
            SimulatedNode member = world.Member;
            foreach (string path in member.Disk.Files().Where(path => path.EndsWith(".wal", StringComparison.Ordinal)).ToArray())
            {
                byte[] content = member.Disk.ReadFile(path);
                content.AsSpan(0, 8192).Fill(0xEE);
                member.Disk.WriteFile(path, content);
            }
            member.Start();
            Assert.True(member.Driver!.IsRepairing);
            world.WriteUntilWhole(member);
            Assert.Contains(member.Disk.Files(), path => path.EndsWith(".wal.damaged", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void A_member_that_is_alone_refuses_and_names_what_is_missing()
    {
        SimulatedCluster cluster = new(new SimulatedClusterOptions { Seed = 1, Members = 1, OpenMachine = (_, _) => new ListMachine() });
        SimulatedNode alone = cluster.Nodes[0];
        cluster.RunUntil(() => cluster.Leader is not null);
        for (byte i = 0; i < 20; i++)
        {
            SimulatedProposal write = alone.Propose([i]);
            cluster.RunUntil(() => write.IsOver);
        }
        alone.Crash();
        LogBytes.Damage(alone.Disk, record => record is { Type: "Entry", Index: 10 }, inHeader: false);
        RaftKvException refusal = Assert.Throws<RaftKvException>(alone.Start);
        Assert.Equal(RaftKvError.Storage, refusal.Error);
        Assert.Contains("entry 10", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("0000000000000000001.wal", refusal.Message, StringComparison.Ordinal);
    }

    private static Configuration Members(SimulatedNode node) => node.Driver!.Status.Configuration;

    private static byte[][] Commands(SimulatedNode node) => node.Machine is ListMachine machine ? machine.Commands : [];
}
