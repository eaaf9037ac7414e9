using RaftKv.Node.Tests.Support;
using RaftKv.Raft;
using RaftKv.Storage;
using RaftKv.Testing.World;

namespace RaftKv.Node.Tests.World;

/// <summary>Source: docs/architecture.md, attested state: whole members in virtual time, one of which holds what it should not.</summary>
public sealed class AttestationTests
{
    [Fact]
    public void A_follower_whose_state_changes_behind_its_back_is_recognised_isolated_and_rebuilt()
    {
        for (ulong seed = 1; seed <= 20; seed++)
        {
            using AttestedCluster cluster = new(seed);
            cluster.Write(60);
            SimulatedNode odd = cluster.Follower((int)(seed % 2));
            AttestedCluster.Machine(odd).Spoil((int)(seed * 7 % 40));
            cluster.WriteUntil(() => odd.Driver!.IsRebuilding);
            SimulatedProposal refused = odd.Propose(new byte[8]);
            SimulatedRead unread = odd.Read(() => Assert.Fail("it must not be read"));
            Assert.Equal(RaftKvError.Repairing, refused.Failure!.Error);
            Assert.Equal(WriteOutcome.NotApplied, refused.Failure.Outcome);
            Assert.Equal(RaftKvError.Repairing, unread.Failure!.Error);
            cluster.WriteUntil(() => cluster.IsWhole(odd));
            Assert.Equal(1, AttestedCluster.Machine(odd).Installed);
            Assert.Equal(1, cluster.Told(odd, "was rebuilt"));
            Assert.All(cluster.Cluster.Nodes.Where(node => node != odd), node => Assert.Equal(0, cluster.Told(node, "differs at")));
        }
    }

    [Fact]
    public void A_leader_that_is_the_odd_one_hands_leadership_over_before_it_is_rebuilt()
    {
        for (ulong seed = 1; seed <= 20; seed++)
        {
            using AttestedCluster cluster = new(seed);
            cluster.Write(40);
            SimulatedNode odd = cluster.Cluster.Leader!;
            Term term = odd.Driver!.Term;
            AttestedCluster.Machine(odd).Spoil(3);
            cluster.WriteUntil(() => cluster.Told(odd, "differs at") > 0);
            SimulatedRead unread = odd.Read(() => Assert.Fail("it must not be read"));
            Assert.Equal(RaftKvError.Repairing, unread.Failure!.Error);
            cluster.WriteUntil(() => cluster.Told(odd, "was rebuilt") == 1 && cluster.IsWhole(odd));
            // The next election was the one that was asked for.
            Assert.Equal(term.Value + 1, cluster.Cluster.Leader!.Driver!.Term.Value);
        }
    }

    [Fact]
    public void What_is_bad_in_a_checkpoint_too_is_found_after_a_restart()
    {
        using AttestedCluster cluster = new(5, attestationTicks: 60);
        cluster.Write(20);
        SimulatedNode odd = cluster.Follower();
        AttestedCluster.Machine(odd).Spoil(2);
        cluster.Write(30);
        odd.Crash();
        odd.Start();
        Assert.True(AttestedCluster.Machine(odd).Commands[2][0] >= 0x80);
        cluster.WriteUntil(() => cluster.Told(odd, "was rebuilt") == 1 && cluster.IsWhole(odd));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_member_that_was_removed_before_its_state_could_be_rebuilt_stops_and_says_so(bool isRestarted)
    {
        for (ulong seed = 1; seed <= 6; seed++)
        {
            using AttestedCluster cluster = new(seed);
            cluster.Write(40);
            SimulatedNode odd = cluster.Follower();
            cluster.Except(odd);
            AttestedCluster.Machine(odd).Spoil(3);
            cluster.WriteUntil(() => odd.Driver!.IsRebuilding);
            cluster.Cluster.Network.Isolate(odd.Id, cluster.Cluster.Nodes.Select(node => node.Id));
            SimulatedMembership removal = cluster.Cluster.Leader!.Change(MembershipChange.Remove(odd.Id));
            cluster.Cluster.RunUntil(() => removal.IsOver);
            Assert.True(removal.Succeeded);
            if (isRestarted)
            {
                odd.Crash();
                odd.Start();
            }
            cluster.Cluster.Run(3_000_000);
            Assert.True(odd is { IsWorking: true, Driver.IsRebuilding: true });
            cluster.Cluster.Heal();
            cluster.WriteUntil(() => !odd.IsWorking);
            Assert.Equal(RaftKvError.Removed, odd.Driver!.StopReason!.Error);
            Assert.Equal(0, cluster.Told(odd, "was rebuilt"));
        }
    }

    [Fact]
    public void Where_no_majority_agrees_nothing_is_rebuilt_and_it_is_said()
    {
        using AttestedCluster cluster = new(6, members: 4);
        cluster.Write(20);
        foreach (SimulatedNode half in (SimulatedNode[])[cluster.Follower(), cluster.Cluster.Leader!])
        {
            AttestedCluster.Machine(half).Spoil(1);
            cluster.Except(half);
        }
        SimulatedNode leader = cluster.Cluster.Leader!;
        cluster.WriteUntil(() => leader.Driver!.IsStateDisputed);
        cluster.Write(50);
        Assert.All(cluster.Cluster.Nodes, node => Assert.False(node.Driver!.IsRebuilding));
        Assert.All(cluster.Cluster.Nodes, node => Assert.Equal(0, cluster.Told(node, "differs at")));
        Assert.True(cluster.Told(leader, "does not") > 0);
    }

    [Fact]
    public void One_of_two_is_never_accused()
    {
        using AttestedCluster cluster = new(7, members: 2);
        cluster.Write(20);
        SimulatedNode odd = cluster.Follower();
        cluster.Except(odd);
        AttestedCluster.Machine(odd).Spoil(1);
        cluster.WriteUntil(() => cluster.Cluster.Leader!.Driver!.IsStateDisputed);
        Assert.All(cluster.Cluster.Nodes, node => Assert.Equal(0, cluster.Told(node, "differs at")));
    }

    [Fact]
    public void A_disagreement_waits_for_the_member_that_is_away()
    {
        using AttestedCluster cluster = new(8);
        cluster.Write(20);
        (SimulatedNode odd, SimulatedNode away) = (cluster.Follower(), cluster.Follower(1));
        away.Crash();
        AttestedCluster.Machine(odd).Spoil(1);
        cluster.Write(60);
        Assert.Equal(0, cluster.Told(odd, "differs at"));
        away.Start();
        cluster.WriteUntil(() => cluster.Told(odd, "was rebuilt") == 1 && cluster.IsWhole(odd));
    }

    [Fact]
    public void A_crash_at_any_moment_of_a_rebuild_leaves_a_member_that_is_rebuilt()
    {
        // Each run takes the power away one step later, until the rebuild is over before.
        bool isOver = false;
        for (int steps = 0; !isOver; steps += 3)
        {
            using AttestedCluster cluster = new(9, logBytesKeptMax: 300);
            cluster.Write(60);
            SimulatedNode odd = cluster.Follower();
            AttestedCluster.Machine(odd).Spoil(11);
            cluster.WriteUntil(() => cluster.Told(odd, "differs at") > 0);
            for (int i = 0; i < steps; i++)
                cluster.Cluster.Step();
            isOver = cluster.Told(odd, "was rebuilt") > 0;
            odd.Crash();
            cluster.Write(5);
            odd.Start();
            cluster.WriteUntil(() => cluster.IsWhole(odd) && AttestedCluster.Machine(odd).Commands[11][0] < 0x80);
            cluster.Write(30);
        }
    }

    [Fact]
    public void A_machine_that_differs_again_and_again_ends_faulted_with_the_slice_named()
    {
        using AttestedCluster cluster = new(10);
        SimulatedNode odd = cluster.Follower();
        cluster.Except(odd);
        byte nonsense = 0;
        AttestedCluster.Machine(odd).Alters = _ => [++nonsense, 1];
        cluster.WriteUntil(() => !odd.IsWorking);
        RaftKvException reason = odd.Driver!.StopReason!;
        Assert.Equal(RaftKvError.Faulted, reason.Error);
        Assert.Contains("differs from that of the majority as of entry", reason.Message, StringComparison.Ordinal);
        Assert.Contains("rebuilt 3 times already", reason.Message, StringComparison.Ordinal);
        Assert.Equal(3, cluster.Told(odd, "was rebuilt"));
        // Somebody has put it right.
        cluster.Cluster.Run(100_000);
        odd.Kill();
        odd.Start();
        Assert.True(odd.Driver!.IsRebuilding);
        cluster.WriteUntil(() => cluster.Told(odd, "was rebuilt") == 4 && cluster.IsWhole(odd));
    }

    [Fact]
    public void A_state_that_was_found_sound_as_a_whole_may_be_rebuilt_as_often_as_it_takes()
    {
        using AttestedCluster cluster = new(11, attestationTicks: 1);
        cluster.Write(20);
        SimulatedNode odd = cluster.Follower();
        for (int times = 1; times <= 6; times++)
        {
            AttestedCluster.Machine(odd).Spoil(times);
            cluster.WriteUntil(() => cluster.Told(odd, "was rebuilt") == times && cluster.IsWhole(odd));
            int sound = cluster.Told(odd, "is sound");
            cluster.WriteUntil(() => cluster.Told(odd, "is sound") >= sound + 40);
        }
    }

    [Fact]
    public void A_state_that_cannot_be_read_is_rebuilt()
    {
        using AttestedCluster cluster = new(12);
        cluster.Write(20);
        SimulatedNode odd = cluster.Follower();
        AttestedCluster.Machine(odd).Alters = digest =>
            AttestedCluster.Machine(odd).Installed > 0 ? digest : throw new StorageCorruptException("list", 12, "a page has another checksum");
        cluster.WriteUntil(() => cluster.Told(odd, "was rebuilt") == 1 && cluster.IsWhole(odd));
        Assert.True(cluster.Told(odd, "cannot read") > 0);
    }

    [Fact]
    public void A_machine_that_takes_no_state_stops_and_comes_back_empty_by_the_log()
    {
        using AttestedCluster cluster = new(15, givesState: false);
        cluster.Write(30);
        SimulatedNode odd = cluster.Follower();
        ((ListMachine)odd.Machine!).Spoil(4);
        cluster.WriteUntil(() => !odd.IsWorking);
        Assert.Equal(RaftKvError.Storage, odd.Driver!.StopReason!.Error);
        Assert.Contains("its machine takes no state from other members", odd.Driver.StopReason.Message, StringComparison.Ordinal);
        cluster.Write(10);
        odd.Kill();
        odd.Start();
        cluster.WriteUntil(() => cluster.IsWhole(odd) && cluster.Told(odd, "is sound") > 0);
    }

    [Fact]
    public void A_build_from_before_keeps_attestations_off()
    {
        using AttestedCluster cluster = new(13, formats: LogFormatRange.First);
        foreach (int i in (int[])[0, 1])
        {
            SimulatedNode node = cluster.Cluster.Nodes[i];
            node.Crash();
            node.Formats = AttestedCluster.Formats;
            node.Start();
            cluster.Write(30);
        }
        Assert.All(cluster.Cluster.Nodes, node => Assert.Equal(0, AttestedCluster.Machine(node).SlicesOpened));
        SimulatedNode old = cluster.Cluster.Nodes[2];
        old.Crash();
        old.Formats = AttestedCluster.Formats;
        old.Start();
        cluster.WriteUntil(() => cluster.Cluster.Nodes.All(node => cluster.Told(node, "is sound") > 0));
    }

    [Fact]
    public void Members_that_lag_crash_and_are_slow_are_not_accused()
    {
        for (ulong seed = 1; seed <= 20; seed++)
        {
            using AttestedCluster cluster = new(seed, logBytesKeptMax: 200);
            SplittableRandom random = new(seed);
            for (int i = 0; i < 30; i++)
            {
                SimulatedNode node = cluster.Cluster.Nodes[random.Next(3)];
                if (random.Next(2) == 0)
                    cluster.Cluster.Network.Isolate(node.Id, cluster.Cluster.Nodes.Select(other => other.Id));
                else
                    node.Crash();
                cluster.Write(1 + random.Next(6));
                cluster.Cluster.Heal();
            }
            int[] sound = [.. cluster.Cluster.Nodes.Select(node => cluster.Told(node, "is sound"))];
            cluster.WriteUntil(() => cluster.Cluster.Nodes.All(node => cluster.Told(node, "is sound") > sound[(int)node.Id.Value - 1]));
            Assert.All(cluster.Cluster.Nodes, node => Assert.Equal(0, cluster.Told(node, "differs at")));
        }
    }

    [Fact]
    public void A_group_in_which_nothing_happens_comes_to_rest_once_all_was_compared()
    {
        using AttestedCluster cluster = new(14);
        cluster.Write(40);
        cluster.Cluster.Run(20_000_000);
        int opened = AttestedCluster.Machine(cluster.Cluster.Leader!).SlicesOpened;
        LogIndex last = cluster.Cluster.Leader!.Driver!.Commit;
        cluster.Cluster.Run(60_000_000);
        Assert.Equal(opened, AttestedCluster.Machine(cluster.Cluster.Leader!).SlicesOpened);
        Assert.Equal(last, cluster.Cluster.Leader!.Driver!.Commit);
        cluster.Write(1);
        cluster.Cluster.Run(20_000_000);
        // A list of 41, eight in each slice.
        Assert.Equal(opened + 6, AttestedCluster.Machine(cluster.Cluster.Leader!).SlicesOpened);
    }
}
