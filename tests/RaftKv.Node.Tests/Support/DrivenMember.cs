using System.Net;
using RaftKv.Node.Driver;
using RaftKv.Node.Persistence;
using RaftKv.Node.Transport;
using RaftKv.Raft;
using RaftKv.Raft.Membership;
using RaftKv.Raft.Messages;

namespace RaftKv.Node.Tests.Support;

/// <summary>
/// The surroundings of a driver that a test runs by hand. What only informs or asks is let pass; what would change the log or the machine
/// in ways that a test does not expect fails it.
/// </summary>
internal abstract class DrivenMember : ILogSink, IApplySink, ITransport, INodeObserver
{
    public abstract NodeDriver Driver { get; }

    public ListMachine Machine { get; } = new();

    bool ITransport.KeepsMessages => KeepsMessages;

    protected virtual bool KeepsMessages => true;

    public abstract void Persist(Ready ready);

    public abstract void Apply(ReadOnlyMemory<Entry> entries);

    public abstract void Send(Message message);

    public virtual void SendMembers(NodeId to, MemberNotice notice)
    {
    }

    public virtual void Distrust() => throw Unexpected();

    void ILogSink.Read(LogRange range) => throw Unexpected();

    void ILogSink.Release(LogIndex through) => throw Unexpected();

    void ILogSink.BeginInstall(LogPosition position, Configuration configuration) => throw Unexpected();

    void ILogSink.EndInstall() => throw Unexpected();

    void ILogSink.Doubt() => throw Unexpected();

    void ILogSink.Trust() => throw Unexpected();

    void ILogSink.Serve(NodeId to, RepairAsk ask) => throw Unexpected();

    void ILogSink.Mend(ReadOnlyMemory<Entry> entries) => throw Unexpected();

    void ILogSink.ReleaseDamage(LogPosition machine) => throw Unexpected();

    void ILogSink.BeginAnew(LogPosition machine) => throw Unexpected();

    ISnapshotSink? IApplySink.Receive(long fetch) => null;

    void IApplySink.Install(LogPosition position, LogFormat format, bool hasState) => throw Unexpected();

    void ITransport.FetchSnapshot(GroupId group, SnapshotOrder order, ISnapshotSink sink) => throw Unexpected();

    void ITransport.StopFetching(GroupId group) => throw Unexpected();

    void ITransport.Announce(GroupId group, LogIndex applied)
    {
    }

    void ITransport.UpdatePeers(IReadOnlyDictionary<NodeId, EndPoint> peers)
    {
    }

    void ITransport.SendRepair(NodeId to, RepairNotice notice)
    {
    }

    void ITransport.SendAttestation(NodeId to, AttestationNotice notice)
    {
    }

    void ITransport.Flush()
    {
    }

    void INodeObserver.Happened(RaftEvent happening)
    {
    }

    void INodeObserver.Installed(LogPosition position)
    {
    }

    void INodeObserver.InstallFailed(string reason)
    {
    }

    void INodeObserver.LogDamaged(GroupDamage damage)
    {
    }

    void INodeObserver.LogMended()
    {
    }

    void INodeObserver.Stopped(RaftKvException reason)
    {
    }

    private static InvalidOperationException Unexpected() => new("Nothing in this test asks for that.");
}
