using System.Net;
using RaftKv.Node;
using RaftKv.Raft;

namespace RaftKv.Samples.Cluster.Control;

/// <summary>What is to be of a member; the word is that of the command line.</summary>
internal sealed record MemberRequest(string Change, long Node, string? Address = null, long? Replaced = null)
{
    /// <summary>The change; null when it is none.</summary>
    public MembershipChange? ToChange()
    {
        NodeId node = new(Node);
        IPEndPoint? address = IPEndPoint.TryParse(Address ?? "", out IPEndPoint? parsed) ? parsed : null;
        return Change switch
        {
            "remove" => MembershipChange.Remove(node),
            "promote" => MembershipChange.Promote(node),
            "demote" => MembershipChange.Demote(node),
            "add" when address is not null => MembershipChange.Add(node, address),
            "move" when address is not null => MembershipChange.Move(node, address),
            "replace" when address is not null && Replaced is { } replaced =>
                MembershipChange.Replace(new NodeId(replaced), node, address),
            _ => null,
        };
    }
}
