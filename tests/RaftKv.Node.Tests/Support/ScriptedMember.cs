using System.Net;
using RaftKv.Node.Driver;
using RaftKv.Node.Persistence;
using RaftKv.Node.Transport;
using RaftKv.Raft;
using RaftKv.Raft.Membership;
using RaftKv.Raft.Messages;

namespace RaftKv.Node.Tests.Support;

/// <summary>
/// Member 1 whose disk and machine answer at once, so that a test plays the other members' part message by message: one of the three founders,
/// or one that nobody has admitted yet.
/// </summary>
internal sealed class ScriptedMember : ILogSink, IApplySink, ITransport, INodeObserver
{
    public const long Session = 77;

    private readonly CommandApplier _applier;
    private readonly Queue<NodeInput> _answers = new();

    public ScriptedMember(bool isFounder = true)
    {
        RaftRestore restored = new() { Configuration = isFounder ? Configuration.Of(1, 2, 3) : Configuration.Empty };
        RaftCore core = new(new RaftOptions { Self = Self, Session = Session }, restored, new SplittableRandom(5));
        _applier = new CommandApplier(Machine, Self, Session, LogIndex.Zero);
        NodeDriverOptions options = new() { Self = Self, AdmittedAt = isFounder ? LogIndex.Zero : null, Session = Session };
        Driver = new NodeDriver(options, core, this, this, this, this);
    }

    public static NodeId Self => new(1);

    public static NodeId Leader => new(2);

    public NodeDriver Driver { get; }

    public ListMachine Machine { get; } = new();

    public List<Message> Sent { get; } = [];

    public ProposeRequest LastForwarded => Sent.OfType<ProposeRequest>().Last();

    public int Forwarded => Sent.OfType<ProposeRequest>().Count();

    public void Input(NodeInput input)
    {
        Driver.Handle(input);
        Driver.Pump();
        while (_answers.TryDequeue(out NodeInput? answer))
        {
            Driver.Handle(answer);
            Driver.Pump();
        }
    }

    public void Receive(Message message) => Input(new MessagesInput([message]));

    public void ReceiveHeartbeat(long term) =>
        Receive(new Heartbeat { Header = new(default, Leader, Self, new Term(term)), Commit = LogIndex.Zero, Round = 1 });

    /// <summary>The leader sends entries that begin the log, all of them committed.</summary>
    public void ReceiveEntries(long term, params Entry[] entries) => ReceiveEntries(term, entries, entries[^1].Index);

    /// <summary>The leader sends entries that begin the log, some of them committed.</summary>
    public void ReceiveEntries(long term, Entry[] entries, LogIndex commit) => Receive(new AppendRequest
    {
        Header = new(default, Leader, Self, new Term(term)),
        Previous = LogPosition.Zero,
        Commit = commit,
        Entries = entries,
    });

    public void ReceiveAnswer(long term, ProposeStatus status) => Receive(new ProposeResponse
    {
        Header = new(default, Leader, Self, new Term(term)),
        Session = Session,
        Results = new[] { new ProposalResult(LastForwarded.Proposals.Span[0].RequestId, status, default, Leader) },
    });

    public static Entry Noop(long term, long index) =>
        new(new LogPosition(new Term(term), new LogIndex(index)), EntryKind.Noop, default);

    /// <summary>A change of members.</summary>
    public static Entry Members(long term, long index, Configuration configuration) => new(
        new LogPosition(new Term(term), new LogIndex(index)), EntryKind.Configuration, ConfigurationCodec.Encode(configuration));

    /// <summary>The command forwarded last, as the leader would append it.</summary>
    public Entry Appended(long term, long index) =>
        new(new LogPosition(new Term(term), new LogIndex(index)), EntryKind.Command, LastForwarded.Proposals.Span[0].Payload);

    void ILogSink.Persist(Ready ready)
    {
        Sent.AddRange(ready.SendAfterPersist.Span);
        _answers.Enqueue(new PersistedInput(ready.Number));
    }

    void ILogSink.Read(LogRange range)
    {
    }

    void ILogSink.Release(LogIndex through)
    {
    }

    void ILogSink.BeginInstall(LogPosition position, Configuration configuration) => throw new InvalidOperationException();

    void ILogSink.EndInstall() => throw new InvalidOperationException();

    void ILogSink.Doubt() => throw new InvalidOperationException();

    void ILogSink.Distrust() => throw new InvalidOperationException();

    void ILogSink.Trust() => throw new InvalidOperationException();

    void ILogSink.Serve(NodeId to, RepairAsk ask)
    {
    }

    void ILogSink.Mend(ReadOnlyMemory<Entry> entries) => throw new InvalidOperationException();

    void ILogSink.ReleaseDamage(LogPosition machine) => throw new InvalidOperationException();

    void ILogSink.BeginAnew(LogPosition machine) => throw new InvalidOperationException();

    ISnapshotSink? IApplySink.Receive(long fetch) => null;

    void IApplySink.Install(LogPosition position, LogFormat format, bool hasState) => throw new InvalidOperationException();

    void IApplySink.Apply(ReadOnlyMemory<Entry> entries) => _answers.Enqueue(_applier.Apply([entries]));

    void ITransport.Send(Message message) => Sent.Add(message);

    void ITransport.Announce(GroupId group, LogIndex applied)
    {
    }

    void ITransport.UpdatePeers(IReadOnlyDictionary<NodeId, EndPoint> peers)
    {
    }

    void ITransport.FetchSnapshot(GroupId group, SnapshotOrder order, ISnapshotSink sink) => throw new InvalidOperationException();

    void ITransport.StopFetching(GroupId group)
    {
    }

    void ITransport.SendMembers(NodeId to, MemberNotice notice)
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
}
