using System.Net;
using RaftKv.Node.Driver;
using RaftKv.Node.Transport;
using RaftKv.Raft;
using RaftKv.Raft.Messages;

namespace RaftKv.Node.Tests.Support;

/// <summary>A transport that only keeps whom it was told to be connected with, and how often.</summary>
internal sealed class PeerRecorder : ITransport
{
    public IReadOnlyDictionary<NodeId, EndPoint> Peers { get; private set; } = new Dictionary<NodeId, EndPoint>();

    public int Updates { get; private set; }

    public void UpdatePeers(IReadOnlyDictionary<NodeId, EndPoint> peers)
    {
        Peers = peers;
        Updates++;
    }

    public void Send(Message message)
    {
    }

    public void Announce(GroupId group, LogIndex applied)
    {
    }

    public void Flush()
    {
    }

    public void SendRepair(NodeId to, RepairNotice notice)
    {
    }

    public void SendAttestation(NodeId to, AttestationNotice notice)
    {
    }

    public void SendMembers(NodeId to, MemberNotice notice)
    {
    }

    public void FetchSnapshot(GroupId group, SnapshotOrder order, ISnapshotSink sink)
    {
    }

    public void StopFetching(GroupId group)
    {
    }
}
