using RaftKv.Raft.Membership;
using RaftKv.Raft.Tests.Harness;

namespace RaftKv.Raft.Tests.Membership;

/// <summary>Configuration arithmetic (Raft 6, thesis 4.1 to 4.3).</summary>
public sealed class ChangerTests
{
    [Theory]
    [InlineData("voters=(1)", "v2", "voters=(1 2)")]
    [InlineData("voters=(1 2)", "l3", "voters=(1 2) learners=(3)")]
    [InlineData("voters=(1 2) learners=(3)", "v3", "voters=(1 2 3)")]
    [InlineData("voters=(1 2 3)", "l3", "voters=(1 2) learners=(3)")]
    [InlineData("voters=(1 2 3)", "r3 r4", "voters=(1 2)")]
    [InlineData("voters=(1 2)", "j3", "voters=(1 2) learners=(3) joining=(3)")]
    [InlineData("voters=(1 2) learners=(3) joining=(3)", "v3", "voters=(1 2 3)")]
    [InlineData("voters=(1 2) learners=(3) joining=(3)", "l3", "voters=(1 2) learners=(3)")]
    [InlineData("voters=(1 2)", "w3", "voters=(1 2 3) witnesses=(3)")]
    [InlineData("voters=(1 2 3) witnesses=(3)", "r3", "voters=(1 2)")]
    [InlineData("voters=(1 2)", "v3 r2", "NeedsJoint")]
    [InlineData("voters=(1)", "r1", "NoVoterLeft")]
    [InlineData("voters=(1 2) witnesses=(2)", "r1", "NoVoterLeft")]
    [InlineData("voters=(1 2 3)", "w3", "HoldsData")]
    [InlineData("voters=(1 2) learners=(3)", "w3", "HoldsData")]
    [InlineData("voters=(1 2 3)", "r3 w3", "HoldsData")]
    [InlineData("voters=(1 2 3) witnesses=(3)", "w3", "voters=(1 2 3) witnesses=(3)")]
    [InlineData("voters=(1)&&(1 2)", "v3", "AlreadyJoint")]
    [InlineData("voters=(1)", "v0", "InvalidMember")]
    [InlineData("voters=(1) addresses=(1:a:1)", "j2@b:2", "voters=(1) learners=(2) joining=(2) addresses=(1:a:1 2:b:2)")]
    [InlineData("voters=(1) learners=(2) addresses=(1:a:1 2:b:2)", "v2", "voters=(1 2) addresses=(1:a:1 2:b:2)")]
    [InlineData("voters=(1 2) addresses=(1:a:1 2:b:2)", "a2@c:3", "voters=(1 2) addresses=(1:a:1 2:c:3)")]
    [InlineData("voters=(1 2) addresses=(1:a:1 2:b:2)", "r2", "voters=(1) addresses=(1:a:1)")]
    [InlineData("voters=(1)", "a2@b:2", "UnknownMember")]
    [InlineData("voters=(1)", "j2@(", "InvalidAddress")]
    public void A_simple_change_moves_at_most_one_voter(string before, string changes, string after)
    {
        ChangeError error = Changer.Simple(Configuration.Parse(before), Parse(changes), out Configuration next);
        Assert.Equal(after, error == ChangeError.None ? next.ToString() : error.ToString());
    }

    [Theory]
    [InlineData("voters=(1)", "v2 v3", "voters=(1 2 3)&&(1) autoleave")]
    [InlineData("voters=(1 2 3)", "v4 r2 l3", "voters=(1 4)&&(1 2 3) learners_next=(3) autoleave")]
    [InlineData("voters=(1 2 3) learners=(4)", "v4 r3", "voters=(1 2 4)&&(1 2 3) autoleave")]
    [InlineData("voters=(1 2 3)", "r1 r2 r3 v4", "voters=(4)&&(1 2 3) autoleave")]
    [InlineData("voters=(1 2 3)", "l3 v3", "voters=(1 2 3)&&(1 2 3) autoleave")]
    [InlineData("voters=(1 2)", "r1 r2", "NoVoterLeft")]
    [InlineData("voters=(1)&&(1 2)", "v3", "AlreadyJoint")]
    [InlineData("voters=()", "v3", "NoVoterLeft")]
    public void A_joint_configuration_holds_the_old_voters_beside_the_new(string before, string changes, string after)
    {
        ChangeError error = Changer.EnterJoint(Configuration.Parse(before), true, Parse(changes), out Configuration next);
        Assert.Equal(after, error == ChangeError.None ? next.ToString() : error.ToString());
    }

    [Theory]
    [InlineData("voters=(1 4)&&(1 2 3) learners_next=(3) autoleave", "voters=(1 4) learners=(3)")]
    [InlineData("voters=(1 2)&&(1 2 3) witnesses=(3)", "voters=(1 2)")]
    [InlineData("voters=(1)&&(1 2) incarnations=(1:7 2:8)", "voters=(1) incarnations=(1:7)")]
    [InlineData("voters=(1)&&(1 2) addresses=(1:a:1 2:b:2)", "voters=(1) addresses=(1:a:1)")]
    [InlineData("voters=(1 2)", "NotJoint")]
    public void Leaving_a_joint_configuration_drops_the_old_voters_and_seats_the_demoted_ones(string before, string after)
    {
        ChangeError error = Changer.LeaveJoint(Configuration.Parse(before), out Configuration next);
        Assert.Equal(after, error == ChangeError.None ? next.ToString() : error.ToString());
    }

    [Theory]
    [InlineData("voters=(1 2) learners=(3) joining=(3) addresses=(1:a:1)", 1, 2,
        "voters=(1 2) learners=(3) joining=(3) addresses=(1:a:1) format=1.2")]
    [InlineData("voters=(1) format=1.2", 2, 2, "voters=(1) format=2.2")]
    [InlineData("voters=(1) format=1.2", 1, 2, "NoNewerFormat")]
    [InlineData("voters=(1) format=1.2", 2, 1, "NoNewerFormat")]
    [InlineData("voters=(1)", 0, 2, "NoNewerFormat")]
    [InlineData("voters=(1)&&(1 2)", 1, 2, "AlreadyJoint")]
    public void The_format_only_rises_and_takes_nothing_else_with_it(string before, int library, int machine, string after)
    {
        ChangeError error = Changer.Raise(Configuration.Parse(before), new LogFormat(library, machine), out Configuration next);
        Assert.Equal(after, error == ChangeError.None ? next.ToString() : error.ToString());
    }

    [Theory]
    [InlineData("voters=(1) format=1.2", "v2", "voters=(1 2) format=1.2")]
    [InlineData("voters=(1 2) learners=(3) format=2.1", "r3", "voters=(1 2) format=2.1")]
    public void Whoever_comes_or_goes_the_format_stays(string before, string changes, string after)
    {
        Assert.Equal(ChangeError.None, Changer.Simple(Configuration.Parse(before), Parse(changes), out Configuration next));
        Assert.Equal(after, next.ToString());
        Assert.Equal(ChangeError.None, Changer.EnterJoint(Configuration.Parse(before), true, Parse(changes), out Configuration joint));
        Assert.Equal(ChangeError.None, Changer.LeaveJoint(joint, out Configuration left));
        Assert.Equal(after, left.ToString());
    }

    [Fact]
    public void Entering_and_leaving_joint_ends_where_a_simple_change_would()
    {
        Rounds.ForSeeds(5_000, nameof(Entering_and_leaving_joint_ends_where_a_simple_change_would), seed =>
        {
            SplittableRandom random = new(seed);
            Configuration configuration = RandomConfiguration(random);
            MemberChange[] changes = [.. Enumerable.Range(0, 1 + random.Next(3)).Select(_ => RandomChange(random))];
            ChangeError simple = Changer.Simple(configuration, changes, out Configuration direct);
            ChangeError joint = Changer.EnterJoint(configuration, random.Chance(0.5), changes, out Configuration between);
            if (simple == ChangeError.NeedsJoint)
                Assert.Equal(ChangeError.None, joint);
            else
                Assert.Equal(simple, joint);
            if (joint != ChangeError.None)
                return;
            Assert.True(between.VotersOutgoing.SequenceEqual(configuration.Voters));
            Assert.Equal(ChangeError.None, Changer.LeaveJoint(between, out Configuration left));
            Assert.False(left.IsJoint);
            if (simple == ChangeError.None && !Demotes(changes))
                Assert.Equal(direct, left);
        });
    }

    [Fact]
    public void Every_quorum_before_a_change_meets_every_quorum_after_it()
    {
        SplittableRandom random = new(3);
        for (int round = 0; round < 500; round++)
        {
            Configuration before = RandomConfiguration(random);
            MemberChange change = RandomChange(random);
            if (Changer.Simple(before, [change], out Configuration simple) == ChangeError.None)
                RequireOverlap(before, simple);
            if (Changer.EnterJoint(before, true, [change, RandomChange(random)], out Configuration joint) != ChangeError.None)
                continue;
            RequireOverlap(before, joint);
            Assert.Equal(ChangeError.None, Changer.LeaveJoint(joint, out Configuration after));
            RequireOverlap(joint, after);
        }
    }

    // A member demoted in a joint configuration is not "joining" afterwards; by a simple change it may be.
    private static bool Demotes(MemberChange[] changes) => changes.Any(change => change.Kind == MemberChangeKind.Join);

    private static void RequireOverlap(Configuration one, Configuration other)
    {
        const int Universe = 6;
        for (int set = 0; set < 1 << Universe; set++)
        {
            bool wins = Wins(one, set);
            Assert.False(wins && Wins(other, ~set), $"{one} and {other} can decide apart");
        }
    }

    private static bool Wins(Configuration configuration, int set)
    {
        Ballot[] ballots = [.. Enumerable.Range(1, 6).Select(id => new Ballot(new NodeId(id), ((set >> (id - 1)) & 1) == 1))];
        return JointQuorum.VoteResult(configuration, ballots) == VoteResult.Won;
    }

    private static Configuration RandomConfiguration(SplittableRandom random)
    {
        List<NodeId> voters = [new NodeId(1)];
        List<NodeId> learners = [];
        for (int id = 2; id <= 5; id++)
        {
            int dice = random.Next(3);
            if (dice == 0)
                voters.Add(new NodeId(id));
            else if (dice == 1)
                learners.Add(new NodeId(id));
        }
        return new Configuration([.. voters], [], [.. learners]);
    }

    private static MemberChange RandomChange(SplittableRandom random) =>
        new((MemberChangeKind)random.Next(5), new NodeId(1 + random.Next(6)));

    private static MemberChange[] Parse(string changes) => [.. changes.Split(' ').Select(ChangeText.Parse)];
}
