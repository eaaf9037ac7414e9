using System.Net;
using RaftKv.Node.Driver;
using RaftKv.Node.Persistence;
using RaftKv.Node.Transport;
using RaftKv.Raft;
using RaftKv.Raft.Membership;
using RaftKv.Raft.Messages;

namespace RaftKv.Node.Tests.Support;

/// <summary>A member alone in its group, whose disk and machine do their work when a test says so. It keeps few entries in memory.</summary>
internal sealed class LoneLeader : ILogSink, IApplySink, ITransport, INodeObserver
{
    private const long Session = 5;

    private readonly CommandApplier _applier;
    private readonly Queue<Ready> _toWrite = new();
    private readonly Queue<ReadOnlyMemory<Entry>> _toApply = new();

    public LoneLeader()
    {
        NodeId self = new(1);
        RaftRestore restored = new() { Configuration = Configuration.Of(1) };
        RaftOptions options = new() { Self = self, Session = Session, EntryWindowBytes = 128 * 1024 };
        RaftCore core = new(options, restored, new SplittableRandom(1));
        _applier = new CommandApplier(Machine, self, Session, LogIndex.Zero);
        Driver = new NodeDriver(new NodeDriverOptions { Self = self, Session = Session }, core, this, this, this, this);
        Driver.Pump();
    }

    public NodeDriver Driver { get; }

    public ListMachine Machine { get; } = new();

    public EnvelopePool Pool { get; } = new(poisons: true);

    /// <summary>The commands that wait for the disk, as their memory is now.</summary>
    public IEnumerable<byte[]> Unwritten => _toWrite
        .SelectMany(ready => ready.Persist?.Entries.ToArray() ?? [])
        .Where(entry => entry.Kind == EntryKind.Command)
        .Select(entry => entry.Payload[CommandEnvelope.HeaderBytes..].ToArray());

    bool ITransport.KeepsMessages => false;

    public void Input(NodeInput input)
    {
        Driver.Handle(input);
        Driver.Pump();
    }

    /// <summary>The disk finishes what it was given.</summary>
    public void Write()
    {
        while (_toWrite.TryDequeue(out Ready? ready))
            Input(new PersistedInput(ready.Number));
    }

    /// <summary>The machine applies what it was given.</summary>
    public void Apply()
    {
        while (_toApply.TryDequeue(out ReadOnlyMemory<Entry> page))
            Input(_applier.Apply([page]));
    }

    void ILogSink.Persist(Ready ready) => _toWrite.Enqueue(ready);

    void ILogSink.Read(LogRange range) => Assert.Fail("Nothing is read back here.");

    void ILogSink.BeginInstall(LogPosition position, Configuration configuration) => Assert.Fail("Nobody sends state.");

    void ILogSink.EndInstall() => Assert.Fail("Nobody sends state.");

    void ILogSink.Release(LogIndex through) => Assert.Fail("Nothing is released: the machine has no checkpoint.");

    void IApplySink.Apply(ReadOnlyMemory<Entry> entries) => _toApply.Enqueue(entries);

    ISnapshotSink? IApplySink.Receive(long fetch) => null;

    void IApplySink.Install(LogPosition position, LogFormat format, bool hasState) => Assert.Fail("Nobody sends state.");

    void ITransport.Send(Message message) => Assert.Fail("There is nobody to send to.");

    void ITransport.Announce(GroupId group, LogIndex applied)
    {
    }

    void ITransport.Flush()
    {
    }

    void ITransport.UpdatePeers(IReadOnlyDictionary<NodeId, EndPoint> peers)
    {
    }

    void ITransport.SendMembers(NodeId to, MemberNotice notice)
    {
    }

    void ITransport.FetchSnapshot(GroupId group, SnapshotOrder order, ISnapshotSink sink)
    {
    }

    void ITransport.StopFetching(GroupId group)
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

    void INodeObserver.Stopped(RaftKvException reason)
    {
    }

    void ILogSink.Doubt() => throw new InvalidOperationException();

    void ILogSink.Distrust() => throw new InvalidOperationException();

    void ILogSink.Trust() => throw new InvalidOperationException();

    void ILogSink.Serve(NodeId to, RepairAsk ask) => throw new InvalidOperationException();

    void ILogSink.Mend(ReadOnlyMemory<Entry> entries) => throw new InvalidOperationException();

    void ILogSink.ReleaseDamage(LogPosition machine) => throw new InvalidOperationException();

    void ILogSink.BeginAnew(LogPosition machine) => throw new InvalidOperationException();

    void ITransport.SendRepair(NodeId to, RepairNotice notice)
    {
    }

    void ITransport.SendAttestation(NodeId to, AttestationNotice notice)
    {
    }

    void INodeObserver.LogDamaged(GroupDamage damage)
    {
    }

    void INodeObserver.LogMended()
    {
    }
}
