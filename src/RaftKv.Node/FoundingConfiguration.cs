using System.Net;
using RaftKv.Raft;
using RaftKv.Raft.Membership;

namespace RaftKv.Node;

/// <summary>Whom a node with an empty directory takes for the members.</summary>
internal static class FoundingConfiguration
{
    /// <summary>The members that the options name, this node alone, or nobody for a node that waits to be added.</summary>
    public static Configuration Of(RaftNodeOptions options)
    {
        if (options.JoinsExisting)
            return Configuration.Empty;
        if (options.Members.Count == 0)
            return new Configuration([options.NodeId]);
        MemberAddress[] addresses =
            [.. options.Members.Select(member => new MemberAddress(member.Key, MemberEndPoint.Format(member.Value)))];
        return new Configuration([.. options.Members.Keys], addresses: addresses);
    }
}
