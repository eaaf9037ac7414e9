using RaftKv.Raft.Membership;

namespace RaftKv.Raft.Tests.Membership;

/// <summary>Quorum arithmetic against the enumeration of all subsets (Raft 6, thesis 4.3).</summary>
public sealed class JointQuorumTests
{
    private const int Universe = 5;

    [Fact]
    public void An_index_is_committed_when_every_set_of_voters_has_a_majority_that_holds_it()
    {
        SplittableRandom random = new(1);
        foreach (Configuration configuration in AllConfigurations())
        {
            for (int round = 0; round < 8; round++)
            {
                Ack[] acks = RandomAcks(random);
                Assert.Equal(HighestHeld(configuration, acks), JointQuorum.CommittedIndex(configuration, acks).Value);
            }
        }
    }

    [Fact]
    public void An_election_is_decided_exactly_when_no_vote_to_come_could_change_it()
    {
        foreach (Configuration configuration in AllConfigurations())
        {
            for (int votes = 0; votes < Power(3, Universe); votes++)
            {
                List<Ballot> ballots = BallotsOf(votes);
                Assert.Equal(Judge(configuration, ballots), JointQuorum.VoteResult(configuration, ballots.ToArray()));
            }
        }
    }

    [Fact]
    public void Two_winning_sets_of_one_configuration_share_a_voter()
    {
        foreach (Configuration configuration in AllConfigurations())
        {
            int[] winners = [.. Enumerable.Range(0, 1 << Universe).Where(set => Wins(configuration, set))];
            foreach (int one in winners)
                Assert.All(winners, other => Assert.NotEqual(0, one & other));
        }
    }

    private static IEnumerable<Configuration> AllConfigurations()
    {
        for (int incoming = 1; incoming < 1 << Universe; incoming++)
        {
            for (int outgoing = 0; outgoing < 1 << Universe; outgoing++)
                yield return new Configuration(NodesOf(incoming), NodesOf(outgoing));
        }
    }

    private static NodeId[] NodesOf(int set) =>
        [.. Enumerable.Range(0, Universe).Where(i => (set & (1 << i)) != 0).Select(i => new NodeId(i + 1))];

    private static Ack[] RandomAcks(SplittableRandom random) =>
    [
        .. Enumerable.Range(1, Universe)
            .Where(_ => random.Chance(0.8))
            .Select(id => new Ack(new NodeId(id), new LogIndex(random.Next(4)))),
    ];

    private static long HighestHeld(Configuration configuration, Ack[] acks)
    {
        for (long index = 3; index > 0; index--)
        {
            int holders = acks.Where(ack => ack.Index.Value >= index).Sum(ack => 1 << ((int)ack.Node.Value - 1));
            if (Wins(configuration, holders))
                return index;
        }
        return 0;
    }

    private static bool Wins(Configuration configuration, int set) =>
        HasMajority(configuration.Voters, set) && (!configuration.IsJoint || HasMajority(configuration.VotersOutgoing, set));

    private static bool HasMajority(ReadOnlySpan<NodeId> voters, int set)
    {
        int count = 0;
        foreach (NodeId voter in voters)
            count += (set >> ((int)voter.Value - 1)) & 1;
        return 2 * count > voters.Length;
    }

    private static List<Ballot> BallotsOf(int votes)
    {
        List<Ballot> ballots = [];
        for (int i = 0; i < Universe; i++, votes /= 3)
        {
            if (votes % 3 != 0)
                ballots.Add(new Ballot(new NodeId(i + 1), votes % 3 == 1));
        }
        return ballots;
    }

    private static VoteResult Judge(Configuration configuration, List<Ballot> ballots)
    {
        int granted = ballots.Where(ballot => ballot.Granted).Sum(ballot => 1 << ((int)ballot.Node.Value - 1));
        int refused = ballots.Where(ballot => !ballot.Granted).Sum(ballot => 1 << ((int)ballot.Node.Value - 1));
        if (Wins(configuration, granted))
            return VoteResult.Won;
        return Wins(configuration, ((1 << Universe) - 1) & ~refused) ? VoteResult.Pending : VoteResult.Lost;
    }

    private static int Power(int number, int exponent) => exponent == 0 ? 1 : number * Power(number, exponent - 1);
}
