using System.Net;
using RaftKv.Raft;
using RaftKv.Raft.Membership;

namespace RaftKv.Node;

/// <summary>Whom a node with an empty directory takes for the members.</summary>
internal static class FoundingConfiguration
{
    /// <summary>The members given, with the addresses that the options have for them; nobody for a node that waits to be added.</summary>
    public static Configuration Of(NodeId[] members, RaftNodeOptions options)
    {
        if (options.FoundsNothing)
            return Configuration.Empty;
        List<MemberAddress> addresses = [];
        foreach (NodeId member in members)
        {
            if (options.Members.TryGetValue(member, out EndPoint? address))
                addresses.Add(new MemberAddress(member, MemberEndPoint.Format(address)));
        }
        return new Configuration(members, addresses: [.. addresses], format: options.Formats.Min);
    }
}
