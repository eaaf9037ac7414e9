using RaftKv.Node;
using RaftKv.Raft;
using RaftKv.Testing.World;

namespace RaftKv.Testing.Scenarios;

/// <summary>The words of a scenario that change who belongs to the cluster and what its log is written in, as far as the atlas allows it.</summary>
/// <param name="cluster">The cluster.</param>
/// <param name="atlas">Knows what the cluster bears.</param>
internal sealed class MembershipActions(SimulatedCluster cluster, FaultAtlas atlas)
{
    // Nodes that come in a run besides the founders.
    private const int NewNodesMax = 4;

    /// <summary>A node more, which is to be a member.</summary>
    public void Come()
    {
        if (!atlas.MayCome() || Leader() is not { } leader || NewNode(leader) is not { } node)
            return;
        Ask(leader, MembershipChange.Add(node.Id, SimulatedCluster.AddressOf(node.Id)), NodeId.None);
    }

    /// <summary>The newest log format that every member speaks is to be written from now on.</summary>
    public void Activate()
    {
        if (Leader() is { } leader)
            _ = leader.Change(MembershipChange.ActivateFormat());
    }

    /// <summary>Carries out a word that takes a member.</summary>
    /// <returns>False when it is none.</returns>
    public bool TryDo(string verb, NodeId member)
    {
        switch (verb)
        {
            case "leave":
                if (atlas.MayLeave(member, isReplaced: false) && Leader() is { } first)
                    Ask(first, MembershipChange.Remove(member), member);
                return true;
            case "replace":
                if (atlas.MayLeave(member, isReplaced: true) && Leader() is { } second && NewNode(second) is { } node)
                    Ask(second, MembershipChange.Replace(member, node.Id, SimulatedCluster.AddressOf(node.Id)), member);
                return true;
            case "demote":
                if (atlas.MayLeave(member, isReplaced: false) && Leader() is { } third)
                    Ask(third, MembershipChange.Demote(member), NodeId.None);
                return true;
            case "promote":
                if (!atlas.IsChanging && atlas.IsLearner(member) && !atlas.IsDamaged(member) && Leader() is { } fourth)
                    Ask(fourth, MembershipChange.Promote(member), NodeId.None);
                return true;
            default:
                return false;
        }
    }

    private SimulatedNode? Leader() => cluster.Leader is { IsWorking: true, IsPaused: false } leader ? leader : null;

    // Of the leader's build.
    private SimulatedNode? NewNode(SimulatedNode leader) =>
        cluster.Nodes.Count < cluster.Options.Members + NewNodesMax ? cluster.AddNode(leader.Formats) : null;

    private void Ask(SimulatedNode leader, MembershipChange change, NodeId leaving) =>
        atlas.Changing(leader.Change(change), leader, leaving);
}
