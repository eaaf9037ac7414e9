using System.Collections.Concurrent;
using System.Net;
using RaftKv.Node.Transport;
using RaftKv.Raft;

namespace RaftKv.Testing.Network;

/// <summary>
/// Connects members of one process without sockets, in real time and on real threads; for virtual time there is
/// <see cref="SimulatedNetwork"/>. Members find each other by their numbers, whatever address a peer is given.
/// </summary>
/// <param name="time">Where time comes from; default <see cref="TimeProvider.System"/>.</param>
public sealed class MemoryNetwork(TimeProvider? time = null)
{
    private readonly ConcurrentDictionary<NodeId, MemoryTransport> _members = new();
    private readonly ConcurrentDictionary<(NodeId From, NodeId To), bool> _cut = new();

    /// <summary>Something to give as a member's address.</summary>
    public static EndPoint AddressOf(NodeId member) => new DnsEndPoint($"member{member}.invalid", 1);

    /// <summary>Opens a member's transport, without peers. Its number must not be open.</summary>
    public MemoryTransport Open(NodeId member, ITransportReceiver receiver, ISnapshotSource? snapshots = null)
    {
        ArgumentNullException.ThrowIfNull(receiver);
        MemoryTransport transport = new(this, member, receiver, snapshots, time ?? TimeProvider.System);
        return _members.TryAdd(member, transport)
            ? transport
            : throw new ArgumentException($"Member {member} is open already.", nameof(member));
    }

    /// <summary>Cuts the link from one member to another; the way back stays as it is. States need both ways.</summary>
    public void Cut(NodeId from, NodeId to) => _cut[(from, to)] = true;

    /// <summary>Mends every link.</summary>
    public void Heal() => _cut.Clear();

    internal void Close(MemoryTransport transport) => _members.TryRemove(KeyValuePair.Create(transport.Self, transport));

    // The addressee, when it is open, knows the sender as its peer, and can be reached.
    internal MemoryTransport? Find(NodeId from, NodeId to) =>
        !_cut.ContainsKey((from, to)) && _members.TryGetValue(to, out MemoryTransport? member) && member.IsPeer(from) ? member : null;

    internal MemoryTransport? FindBothWays(NodeId from, NodeId to) => _cut.ContainsKey((to, from)) ? null : Find(from, to);
}
