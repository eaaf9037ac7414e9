using System.Net;
using RaftKv.Node.Driver;
using RaftKv.Raft;
using RaftKv.Raft.Messages;

namespace RaftKv.Node.Transport;

/// <summary>The transport of a member that is alone.</summary>
internal sealed class NoPeers : ITransport
{
    private NoPeers()
    {
    }

    public static NoPeers Instance { get; } = new();

    public bool KeepsMessages => false;

    public void Send(Message message)
    {
    }

    public void Announce(GroupId group, LogIndex applied)
    {
    }

    public void Flush()
    {
    }

    public void UpdatePeers(IReadOnlyDictionary<NodeId, EndPoint> peers)
    {
    }

    public void SendMembers(NodeId to, MemberNotice notice)
    {
    }

    public void SendRepair(NodeId to, RepairNotice notice)
    {
    }

    public void SendAttestation(NodeId to, AttestationNotice notice)
    {
    }

    public void FetchSnapshot(GroupId group, SnapshotOrder order, ISnapshotSink sink) =>
        sink.Abort("this member has opened no socket");

    public void StopFetching(GroupId group)
    {
    }
}
