using RaftKv.Node.Tests.Support;
using RaftKv.Raft;
using RaftKv.Testing.World;

namespace RaftKv.Node.Tests.World;

/// <summary>
/// Source: <see cref="Driver.EnvelopePool"/>: in simulations commands that come back are overwritten at once, so whoever reads one too
/// late makes members differ.
/// </summary>
public sealed class CommandMemoryTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Members_agree_while_leaders_change_and_commands_share_memory(ulong seed)
    {
        SimulatedCluster cluster = new(new SimulatedClusterOptions
        {
            Seed = seed,
            OpenMachine = (_, _) => new ListMachine(),
            EntryWindowBytes = 16 * 1024,
        });
        HashSet<string> acknowledged = [];
        for (int round = 0; round < 12; round++)
        {
            cluster.RunUntil(() => cluster.Leader is not null);
            SimulatedNode leader = cluster.Leader!;
            acknowledged.UnionWith(WriteThrough(cluster, leader, round));
            // Every other leader is cut off with writes under way, which others overwrite.
            if (round % 2 == 1)
                continue;
            cluster.Network.Isolate(leader.Id, cluster.Nodes.Select(node => node.Id));
            for (int i = 0; i < 300; i++)
                leader.Propose(Command(round, -1 - i));
            cluster.RunUntil(() => cluster.Nodes.Any(node => node != leader && node.Driver!.Role == Role.Leader));
            SimulatedNode next = cluster.Nodes.First(node => node != leader && node.Driver!.Role == Role.Leader);
            acknowledged.UnionWith(WriteThrough(cluster, next, round + 100));
            cluster.Network.Heal();
        }
        cluster.RunUntil(() => cluster.Nodes.All(node => Commands(node).Length == Commands(cluster.Nodes[0]).Length
            && node.Driver!.Applied == cluster.Nodes[0].Driver!.Applied));
        string[] all = [.. Commands(cluster.Nodes[0]).Select(Convert.ToHexString)];
        Assert.All(cluster.Nodes, node => Assert.Equal(all, Commands(node).Select(Convert.ToHexString)));
        Assert.Equal(all.Length, all.Distinct().Count());
        Assert.Subset(all.ToHashSet(), acknowledged);
    }

    private static IEnumerable<string> WriteThrough(SimulatedCluster cluster, SimulatedNode node, int round)
    {
        for (int batch = 0; batch < 6; batch++)
        {
            SimulatedProposal[] proposals = [.. Enumerable.Range(0, 100).Select(i => node.Propose(Command(round, batch * 100 + i)))];
            cluster.RunUntil(() => proposals.All(proposal => proposal.IsOver));
            for (int i = 0; i < proposals.Length; i++)
            {
                if (proposals[i].Result is not null)
                    yield return Convert.ToHexString(Command(round, batch * 100 + i));
            }
        }
    }

    private static byte[] Command(int round, int number) => [.. BitConverter.GetBytes(round), .. BitConverter.GetBytes(number)];

    private static byte[][] Commands(SimulatedNode node) => ((ListMachine)node.Machine!).Commands;
}
