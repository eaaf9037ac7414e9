using RaftKv.Node.Tests.Support;
using RaftKv.Raft;
using RaftKv.Raft.Membership;
using RaftKv.Testing.World;

namespace RaftKv.Node.Tests.World;

/// <summary>Upgrades of member after member, on whole members in virtual time: when a log format becomes active, and who may take part.</summary>
public sealed class FormatTests
{
    private static readonly LogFormat Second = new(1, 2);
    private static readonly LogFormatRange Former = LogFormatRange.First;
    private static readonly LogFormatRange Upgraded = new(LogFormat.First, Second);

    // What each member's machine was told of each entry.
    private readonly SortedList<LogIndex, int> _formats = [];

    [Fact]
    public void A_format_is_active_once_the_last_member_speaks_it_and_from_one_entry_on_for_all()
    {
        for (ulong seed = 1; seed <= 20; seed++)
        {
            _formats.Clear();
            SimulatedCluster cluster = Led(seed);
            foreach (SimulatedNode node in cluster.Nodes)
            {
                Write(cluster, 5);
                Assert.All(cluster.Nodes, member => Assert.Equal(LogFormat.First, member.Driver!.ActiveFormat));
                Restart(cluster, node, Upgraded);
            }
            cluster.RunUntil(() => cluster.Nodes.All(member => member.Driver!.ActiveFormat == Second));
            Write(cluster, 5);
            cluster.RunUntil(() => cluster.Nodes.All(member => Commands(member) == 20));
            Assert.Equal([.. Enumerable.Repeat(1, 15), .. Enumerable.Repeat(2, 5)], _formats.Values);
            // What is applied again after a start is told the same again: Told compares.
            foreach (SimulatedNode node in cluster.Nodes)
                Restart(cluster, node, Upgraded);
            cluster.RunUntil(() => cluster.Nodes.All(member => Commands(member) == 20 && member.Driver!.ActiveFormat == Second));
        }
    }

    [Fact]
    public void A_member_that_is_away_keeps_a_format_back()
    {
        SimulatedCluster cluster = Led(1);
        SimulatedNode away = cluster.Nodes[2];
        away.Crash();
        Restart(cluster, cluster.Nodes[0], Upgraded);
        Restart(cluster, cluster.Nodes[1], Upgraded);
        Write(cluster, 3);
        cluster.Run(20_000_000);
        Assert.Equal(LogFormat.First, cluster.Leader!.Driver!.Status.Configuration.Format);
        away.Formats = Upgraded;
        away.Start();
        cluster.RunUntil(() => cluster.Nodes.All(member => member.Driver!.ActiveFormat == Second));
    }

    [Fact]
    public void A_build_from_before_stops_with_both_numbers_and_goes_on_where_a_newer_one_is_put_in_its_place()
    {
        SimulatedCluster cluster = Active(3);
        SimulatedNode downgraded = cluster.Nodes[0];
        downgraded.Crash();
        downgraded.Formats = Former;
        downgraded.Start();
        RaftKvException reason = Assert.IsType<RaftKvException>(downgraded.Driver!.StopReason);
        Assert.Equal(RaftKvError.FormatNotSpoken, reason.Error);
        Assert.Contains(
            "The group writes log format 1.2, but this build of member 1 speaks 1.1. Install a build that speaks 1.2",
            reason.Message, StringComparison.Ordinal);
        cluster.RunUntil(() => cluster.Leader is { } now && now != downgraded);
        Write(cluster, 5);
        Restart(cluster, downgraded, Upgraded);
        cluster.RunUntil(() => Commands(downgraded) == 10);
        Assert.Equal(Second, downgraded.Driver!.ActiveFormat);
    }

    [Fact]
    public void A_newcomer_of_a_build_from_before_is_refused()
    {
        for (ulong seed = 1; seed <= 5; seed++)
        {
            SimulatedCluster cluster = Active(seed, Former);
            SimulatedNode added = cluster.AddNode();
            cluster.Run(1_000_000);
            SimulatedMembership wish = cluster.Leader!.Change(MembershipChange.Add(added.Id, SimulatedCluster.AddressOf(added.Id)));
            cluster.RunUntil(() => wish.IsOver);
            Assert.Equal(RaftKvError.MembershipRefused, wish.Failure!.Error);
            Assert.Contains("does not speak the log format", wish.Failure.Message, StringComparison.Ordinal);
            Restart(cluster, added, Upgraded);
            cluster.Run(1_000_000);
            SimulatedMembership again = cluster.Leader!.Change(MembershipChange.Add(added.Id, SimulatedCluster.AddressOf(added.Id)));
            cluster.RunUntil(() => again.IsOver && cluster.Leader!.Driver!.Status.Configuration.IsVoter(added.Id));
            cluster.RunUntil(() => added.Driver!.ActiveFormat == Second && Commands(added) == 5);
        }
    }

    [Fact]
    public void A_learner_that_comes_back_with_a_build_from_before_is_not_promoted()
    {
        SimulatedCluster cluster = Active(4);
        SimulatedNode added = cluster.AddNode();
        added.Crash();
        SimulatedMembership wish = cluster.Leader!.Change(MembershipChange.Add(added.Id, SimulatedCluster.AddressOf(added.Id)));
        cluster.RunUntil(() => wish.IsOver);
        Assert.True(wish.Succeeded);
        added.Formats = Former;
        added.Start();
        cluster.RunUntil(() => added.Driver!.StopReason is not null);
        Assert.Equal(RaftKvError.FormatNotSpoken, added.Driver!.StopReason!.Error);
        cluster.Run(10_000_000);
        Assert.True(cluster.Leader!.Driver!.Status.Configuration.IsLearner(added.Id));
        Restart(cluster, added, Upgraded);
        cluster.RunUntil(() => cluster.Leader!.Driver!.Status.Configuration.IsVoter(added.Id));
    }

    [Fact]
    public void State_that_travels_takes_the_format_with_it()
    {
        for (ulong seed = 1; seed <= 10; seed++)
        {
            _formats.Clear();
            SimulatedCluster cluster = new(new SimulatedClusterOptions
            {
                Seed = seed,
                Formats = Upgraded,
                LogBytesKeptMax = 0,
                ReleaseEntriesMin = 16,
                OpenMachine = (_, directory) => new TravellingList(directory, 10) { ThrowOn = Told },
            });
            cluster.RunUntil(() => cluster.Nodes.All(member => member.Driver!.ActiveFormat == Second));
            SimulatedNode lagging = cluster.Nodes.First(node => node != cluster.Leader);
            lagging.Wipe();
            Write(cluster, 200);
            lagging.Start();
            cluster.RunUntil(() => Commands(lagging) == 200 && lagging.Driver!.ActiveFormat == Second);
            Assert.Equal(1, ((TravellingList)lagging.Machine!).Installed);
            Write(cluster, 5);
            cluster.RunUntil(() => Commands(lagging) == 205);
            lagging.Crash();
            lagging.Formats = Former;
            lagging.Start();
            Assert.Equal(RaftKvError.FormatNotSpoken, lagging.Driver!.StopReason!.Error);
            lagging.Wipe();
            lagging.Start();
            // The state is not even fetched.
            cluster.RunUntil(() => lagging.Driver!.StopReason is not null);
            Assert.Equal((RaftKvError.FormatNotSpoken, 0), (lagging.Driver!.StopReason!.Error, Commands(lagging)));
        }
    }

    [Fact]
    public void A_member_that_gave_its_log_up_goes_on_in_the_format_that_its_machine_was_told_last()
    {
        for (ulong seed = 1; seed <= 10; seed++)
        {
            _formats.Clear();
            SimulatedCluster cluster = new(new SimulatedClusterOptions
            {
                Seed = seed,
                Formats = Upgraded,
                OpenMachine = (_, directory) => new TravellingList(directory, 10) { ThrowOn = Told },
            });
            cluster.RunUntil(() => cluster.Nodes.All(member => member.Driver!.ActiveFormat == Second));
            Write(cluster, 65);
            cluster.RunUntil(() => cluster.Nodes.All(member => Commands(member) == 65));
            SimulatedNode member = cluster.Nodes.First(node => node != cluster.Leader);
            member.Stop();
            cluster.RunUntil(() => !member.IsWorking);
            member.Exit();
            member.Crash();
            DamagedCluster.DamageLastState(member);
            member.Start();
            Assert.True(member.Driver!.IsRepairing);
            // What comes between its checkpoint and its admission follows no entry that names a format: Told compares.
            Assert.True(Commands(member) < 65);
            cluster.RunUntil(() => Commands(member) == 65 && !member.Driver!.IsRepairing);
            Assert.Equal(Second, member.Driver!.ActiveFormat);
        }
    }

    [Fact]
    public void A_format_that_is_held_back_is_activated_when_asked_for_and_whoever_stands_in_the_way_is_named()
    {
        SimulatedCluster cluster = Led(5, raises: false);
        Restart(cluster, cluster.Nodes[0], Upgraded);
        Restart(cluster, cluster.Nodes[1], Upgraded);
        cluster.RunUntil(() => cluster.Leader is not null);
        MakeLead(cluster, cluster.Nodes[0]);
        Assert.Contains("Member 3 speaks log format 1.1, not 1.2.", Refused(cluster), StringComparison.Ordinal);
        cluster.Nodes[2].Crash();
        Assert.Contains("Member 3 is not connected", Refused(cluster), StringComparison.Ordinal);
        Restart(cluster, cluster.Nodes[2], Upgraded);
        cluster.Run(20_000_000);
        Assert.All(cluster.Nodes, member => Assert.Equal(LogFormat.First, member.Driver!.ActiveFormat));
        for (int times = 0; times < 2; times++)
        {
            SimulatedMembership wish = cluster.Leader!.Change(MembershipChange.ActivateFormat());
            cluster.RunUntil(() => wish.IsOver);
            Assert.True(wish.Succeeded, wish.Failure?.Message);
            Assert.Equal(Second, cluster.Leader!.Driver!.ActiveFormat);
        }
    }

    [Fact]
    public void A_format_that_no_majority_holds_is_not_active_and_falls_back_with_its_entry()
    {
        SimulatedCluster cluster = Led(6, raises: false);
        foreach (SimulatedNode node in cluster.Nodes)
            Restart(cluster, node, Upgraded);
        cluster.RunUntil(() => cluster.Leader is not null);
        Write(cluster, 1);
        SimulatedNode leader = cluster.Leader!;
        foreach (SimulatedNode other in cluster.Nodes)
            cluster.Network.Cut(leader.Id, other.Id);
        leader.Change(MembershipChange.ActivateFormat());
        cluster.RunUntil(() => leader.Driver!.Status.Configuration.Format == Second);
        cluster.RunUntil(() => cluster.Leader is { } next && next != leader);
        Assert.Equal(LogFormat.First, leader.Driver!.ActiveFormat);
        Write(cluster, 1);
        cluster.Network.Heal();
        cluster.RunUntil(() => leader.Driver!.Status.Configuration.Format == LogFormat.First && Commands(leader) == 2);
        Assert.All(cluster.Nodes, member => Assert.Equal(LogFormat.First, member.Driver!.ActiveFormat));
    }

    [Fact]
    public void A_cluster_of_builds_that_no_longer_speak_the_first_format_says_so_before_its_first_command()
    {
        for (ulong seed = 1; seed <= 5; seed++)
        {
            _formats.Clear();
            SimulatedCluster cluster = Led(seed, new LogFormatRange(new LogFormat(1, 3), new LogFormat(1, 3)));
            Write(cluster, 3);
            SimulatedNode added = cluster.AddNode();
            SimulatedMembership wish = cluster.Leader!.Change(MembershipChange.Add(added.Id, SimulatedCluster.AddressOf(added.Id)));
            cluster.RunUntil(() => wish.IsOver && Commands(added) == 3);
            Assert.All(_formats.Values, format => Assert.Equal(3, format));
            Assert.Equal(new LogFormat(1, 3), added.Driver!.ActiveFormat);
            SimulatedNode older = cluster.Nodes[0];
            Restart(cluster, older, new LogFormatRange(new LogFormat(1, 4), new LogFormat(1, 5)));
            Assert.Contains(
                "Install the build before, which speaks 1.3 and something newer", older.Driver!.StopReason!.Message, StringComparison.Ordinal);
        }
    }

    private SimulatedCluster Led(ulong seed, LogFormatRange? formats = null, bool raises = true)
    {
        SimulatedCluster cluster = new(new SimulatedClusterOptions
        {
            Seed = seed,
            Formats = formats ?? Former,
            RaisesFormat = raises,
            OpenMachine = (_, _) => new ListMachine { ThrowOn = Told },
        });
        cluster.RunUntil(() => cluster.Leader is not null);
        return cluster;
    }

    // A cluster in which the second format is active, with five commands; newcomers are of some build.
    private SimulatedCluster Active(ulong seed, LogFormatRange? newcomers = null)
    {
        SimulatedCluster cluster = Led(seed, newcomers);
        foreach (SimulatedNode node in cluster.Nodes)
            Restart(cluster, node, Upgraded);
        cluster.RunUntil(() => cluster.Nodes.All(member => member.Driver!.ActiveFormat == Second));
        Write(cluster, 5);
        return cluster;
    }

    private bool Told(Command command)
    {
        if (!_formats.TryAdd(command.Position.Index, command.Format))
            Assert.Equal(_formats[command.Position.Index], command.Format);
        return false;
    }

    private static void Restart(SimulatedCluster cluster, SimulatedNode node, LogFormatRange formats)
    {
        node.Crash();
        node.Formats = formats;
        cluster.Run(100_000);
        node.Start();
    }

    private static void MakeLead(SimulatedCluster cluster, SimulatedNode node)
    {
        cluster.RunUntil(() =>
        {
            if (cluster.Leader is { } leader && leader != node && leader.IsWorking)
                leader.TransferLeadership(node.Id);
            return cluster.Leader == node;
        });
        Write(cluster, 1);
    }

    private static string Refused(SimulatedCluster cluster)
    {
        // Whoever came or went is noticed with the next tick.
        cluster.Run(1_000_000);
        SimulatedMembership wish = cluster.Leader!.Change(MembershipChange.ActivateFormat());
        cluster.RunUntil(() => wish.IsOver);
        Assert.Equal((RaftKvError.MembershipRefused, WriteOutcome.NotApplied), (wish.Failure!.Error, wish.Failure.Outcome));
        return wish.Failure.Message;
    }

    private static void Write(SimulatedCluster cluster, int count)
    {
        for (int i = 0; i < count; i++)
        {
            SimulatedProposal? proposal = null;
            cluster.RunUntil(() =>
            {
                if (proposal is null or { Failure: not null } && cluster.Leader is { IsWorking: true } leader)
                    proposal = leader.Propose(BitConverter.GetBytes(i));
                return proposal?.Result is not null;
            });
        }
    }

    private static int Commands(SimulatedNode node) => node.Machine is ListMachine machine ? machine.Commands.Length : 0;
}
