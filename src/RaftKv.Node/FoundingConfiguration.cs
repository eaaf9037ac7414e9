using System.Net;
using RaftKv.Node.Persistence;
using RaftKv.Raft;
using RaftKv.Raft.Membership;

namespace RaftKv.Node;

/// <summary>Whom a node with an empty directory takes for the members.</summary>
internal static class FoundingConfiguration
{
    /// <summary>The founding members of a group of a host.</summary>
    /// <param name="group">The group.</param>
    /// <param name="members">Those named for it; empty for all hosts.</param>
    /// <param name="options">The host's.</param>
    /// <exception cref="RaftKvException">There can be no such group here.</exception>
    public static NodeId[] Members(GroupId group, IReadOnlyCollection<NodeId> members, RaftNodeOptions options)
    {
        ArgumentNullException.ThrowIfNull(members);
        RequireNumber(group);
        NodeId[] founding = members.Count > 0 ? [.. members.Distinct()] : options.AllMembers();
        foreach (NodeId member in founding)
        {
            if (member != options.NodeId && !options.Members.ContainsKey(member))
                throw Wrong($"Member {member} of group {group} is no host of the cluster.");
        }
        return founding.Contains(options.NodeId) ? founding : throw Wrong($"Host {options.NodeId} is no member of group {group}.");
    }

    /// <summary>Refuses numbers that no group can have.</summary>
    /// <exception cref="RaftKvException">It is one.</exception>
    public static void RequireNumber(GroupId group)
    {
        if (group.Value is < 0 or >= GroupNumbers.ReservedFrom)
            throw Wrong($"A group's number is 0 or more and less than 2^62, but this is {group}.");
    }

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

    private static RaftKvException Wrong(string message) =>
        new(message, WriteOutcome.NotApplied) { Error = RaftKvError.InvalidOptions };
}
