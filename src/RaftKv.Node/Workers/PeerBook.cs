using System.Net;
using RaftKv.Node.Transport;
using RaftKv.Raft;
using RaftKv.Raft.Membership;

namespace RaftKv.Node.Workers;

/// <summary>Whom this process is connected with: the members of all its groups, and for a while some who are none.</summary>
/// <remarks>
/// A node that knocks and is no member may belong to a newer configuration than this node knows, as its leader, or have left with an
/// older one; either way it must be answered. A member that leaves must be answered too: a leader that leaves counts the answers to
/// its own removal. Such guests stay until others take their places.
/// </remarks>
internal sealed class PeerBook(NodeId self, IReadOnlyDictionary<NodeId, EndPoint> given)
{
    // Whoever pretends to be many nodes displaces guests, not members.
    private const int GuestsMax = 16;

    private readonly Lock _lock = new();
    private readonly Dictionary<GroupId, Configuration> _groups = [];
    private readonly PeerAddresses _members = new();
    private readonly LinkedList<KeyValuePair<NodeId, EndPoint>> _guests = [];
    private ITransport? _transport;

    /// <summary>Keeps a transport's peers from now on.</summary>
    public void Serve(ITransport transport)
    {
        lock (_lock)
        {
            _transport = transport;
            Tell();
        }
    }

    /// <summary>Another configuration is in effect in a group.</summary>
    public void Update(GroupId group, Configuration configuration)
    {
        lock (_lock)
        {
            // On a host with many groups most have the same members, and one more of them changes nothing.
            bool isNews = _groups.Count == 0;
            foreach (NodeId member in configuration.Members())
            {
                if (AddressOf(configuration, member) is not { } address || !_members.Add(member, address))
                    continue;
                isNews = true;
                Dismiss(member);
            }
            if (_groups.TryGetValue(group, out Configuration? former))
                isNews |= Forget(former);
            _groups[group] = configuration;
            if (isNews)
                Tell();
        }
    }

    /// <summary>A group is not carried here any more.</summary>
    public void Leave(GroupId group)
    {
        lock (_lock)
        {
            if (!_groups.Remove(group, out Configuration? former))
                return;
            bool isNews = Forget(former);
            if (isNews || _groups.Count == 0)
                Tell();
        }
    }

    /// <summary>A node that is no peer introduced itself.</summary>
    public void Knocked(NodeId node, EndPoint address)
    {
        lock (_lock)
        {
            if (node == self || _members.Contains(node))
                return;
            Invite(node, address);
            Tell();
        }
    }

    // True when that changes whom this process is connected with, or where.
    private bool Forget(Configuration configuration)
    {
        bool isNews = false;
        foreach (NodeId member in configuration.Members())
        {
            if (AddressOf(configuration, member) is not { } address)
                continue;
            isNews |= _members.Remove(member, address, out EndPoint? last);
            if (last is not null)
                Invite(member, last);
        }
        return isNews;
    }

    private EndPoint? AddressOf(Configuration configuration, NodeId member) =>
        MemberEndPoint.TryParse(configuration.AddressOf(member) ?? "", out EndPoint? address)
            ? address
            : given.GetValueOrDefault(member);

    private void Invite(NodeId node, EndPoint address)
    {
        Dismiss(node);
        _guests.AddLast(KeyValuePair.Create(node, address));
        if (_guests.Count > GuestsMax)
            _guests.RemoveFirst();
    }

    private void Dismiss(NodeId node)
    {
        for (LinkedListNode<KeyValuePair<NodeId, EndPoint>>? guest = _guests.First; guest is not null; guest = guest.Next)
        {
            if (guest.Value.Key == node)
            {
                _guests.Remove(guest);
                return;
            }
        }
    }

    private void Tell()
    {
        if (_transport is null)
            return;
        Dictionary<NodeId, EndPoint> peers = _groups.Count == 0 ? given.ToDictionary() : _members.ToDictionary();
        foreach ((NodeId node, EndPoint address) in _guests)
            peers[node] = address;
        _transport.UpdatePeers(peers);
    }
}
