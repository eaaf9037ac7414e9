using RaftKv.Node.Driver;
using RaftKv.Raft;
using RaftKv.Raft.Membership;
using RaftKv.Raft.Messages;

namespace RaftKv.Node.Tests.Support;

/// <summary>
/// Member 1 whose disk and machine answer at once, so that a test plays the other members' part message by message: one of the three founders,
/// or one that nobody has admitted yet; one whose state is sound, or not to be trusted.
/// </summary>
internal sealed class ScriptedMember : DrivenMember
{
    public const long Session = 77;

    private readonly CommandApplier _applier;
    private readonly Queue<NodeInput> _answers = new();

    public ScriptedMember(bool isFounder = true, bool isDistrusted = false)
    {
        RaftRestore restored = new() { Configuration = isFounder ? Configuration.Of(1, 2, 3) : Configuration.Empty };
        RaftCore core = new(new RaftOptions { Self = Self, Session = Session }, restored, new SplittableRandom(5));
        _applier = new CommandApplier(Machine, Self, Session, LogIndex.Zero);
        NodeDriverOptions options = new()
        {
            Self = Self,
            AdmittedAt = isFounder ? LogIndex.Zero : null,
            Session = Session,
            IsDistrusted = isDistrusted,
        };
        Driver = new NodeDriver(options, core, this, this, this, this);
    }

    public static NodeId Self => new(1);

    public static NodeId Leader => new(2);

    public override NodeDriver Driver { get; }

    public List<Message> Sent { get; } = [];

    /// <summary>Whom it told or asked who the members are, in order.</summary>
    public List<NodeId> Asked { get; } = [];

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

    public override void Persist(Ready ready)
    {
        Sent.AddRange(ready.SendAfterPersist.Span);
        _answers.Enqueue(new PersistedInput(ready.Number));
    }

    public override void Apply(ReadOnlyMemory<Entry> entries) => _answers.Enqueue(_applier.Apply([entries]));

    public override void Send(Message message) => Sent.Add(message);

    public override void SendMembers(NodeId to, MemberNotice notice) => Asked.Add(to);

    // The disk takes its time over the note, so that nothing is fetched yet.
    public override void Distrust()
    {
    }
}
