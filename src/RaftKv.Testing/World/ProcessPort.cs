using System.Net;
using RaftKv.Node.Driver;
using RaftKv.Node.Transport;
using RaftKv.Raft;
using RaftKv.Raft.Membership;
using RaftKv.Raft.Messages;
using RaftKv.Storage;

namespace RaftKv.Testing.World;

/// <summary>A simulated process's end of the network.</summary>
internal sealed class ProcessPort(SimulatedCluster cluster, SimulatedNode node, SimulatedProcess process) : ITransport
{
    private NodeId[] _peers = [];

    public bool KeepsMessages => false;

    // Connections come and go with the members.
    public IReadOnlyDictionary<NodeId, LogFormatRange> PeerFormats => cluster.SpokenFormats();

    /// <summary>The members are others from now on.</summary>
    public void Follow(Configuration configuration) => _peers = configuration.Members();

    public void Send(Message message) => cluster.Network.Send(message);

    public void Announce(GroupId group, LogIndex applied)
    {
        foreach (NodeId other in _peers)
        {
            if (other != node.Id)
                cluster.Network.SendProgress(node.Id, other, applied);
        }
    }

    public void UpdatePeers(IReadOnlyDictionary<NodeId, EndPoint> peers)
    {
        // The simulated network knows every member by its number.
    }

    public void SendMembers(NodeId to, MemberNotice notice) => cluster.Network.SendMembers(node.Id, to, notice);

    public void SendRepair(NodeId to, RepairNotice notice) => cluster.Network.SendRepair(node.Id, to, notice);

    public void SendAttestation(NodeId to, AttestationNotice notice) => cluster.Network.SendAttestation(node.Id, to, notice);

    public void FetchSnapshot(GroupId group, SnapshotOrder order, ISnapshotSink sink) =>
        cluster.Network.Fetch(node.Id, group, order, sink, work =>
        {
            if (node.RunsAs(process))
                node.Guard(() => Take(group, order.From, sink, work));
        });

    public void StopFetching(GroupId group) => cluster.Network.StopFetching(node.Id, group);

    public void Flush()
    {
        // Sent messages are on their way already.
    }

    // A state that the machine cannot take ends the fetch and harms nothing else, as in production.
    private void Take(GroupId group, NodeId from, ISnapshotSink sink, Action work)
    {
        try
        {
            work();
        }
        catch (StorageException e) when (!node.Disk.IsOff)
        {
            cluster.StateRefused?.Invoke(node, from, e);
            cluster.Network.Forget(node.Id, group);
            sink.Abort(e.Message);
        }
    }
}
