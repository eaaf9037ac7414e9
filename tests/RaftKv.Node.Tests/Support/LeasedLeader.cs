using RaftKv.Node.Driver;
using RaftKv.Node.Telemetry;
using RaftKv.Node.Workers;
using RaftKv.Raft;
using RaftKv.Raft.Membership;
using RaftKv.Raft.Messages;

namespace RaftKv.Node.Tests.Support;

/// <summary>Member 1 of two on a loop of its own, with lease reads; the test plays the other one, and may let time pass at any message.</summary>
internal sealed class LeasedLeader : DrivenMember, IDisposable
{
    private static readonly NodeId Self = new(1);
    private static readonly NodeId Other = new(2);

    private readonly CommandApplier _applier;
    private readonly NodeMetrics _metrics = new(new RaftNodeOptions());
    private readonly Queue<NodeInput> _answers = new();
    private readonly GroupRunner _runner;
    private bool _hasAnswered;

    public LeasedLeader(ManualTime time, TimeSpan tick)
    {
        RaftRestore restored = new() { Configuration = Configuration.Of(1, 2) };
        RaftCore core = new(new RaftOptions { Self = Self, Session = 1, LeaseReads = true }, restored, new SplittableRandom(5));
        _applier = new CommandApplier(Machine, Self, session: 1, LogIndex.Zero);
        Driver = new NodeDriver(new NodeDriverOptions { Self = Self, Session = 1 }, core, this, this, this, this);
        StatusBoard board = new(new RecordingLogger().CreateLogger(""), _metrics, Self, default);
        RequestLimit limit = new(100, new MemoryShare(1 << 20));
        _runner = new GroupRunner(() => Driver, board, limit, new LeaseClock(time, tick), new EntryMemory(1 << 20, 1 << 20, 1 << 10));
        _runner.Publish();
    }

    public override NodeDriver Driver { get; }

    /// <summary>What happens while a message is being sent.</summary>
    public Action<Message> Sending { get; set; } = _ => { };

    public void Input(NodeInput input)
    {
        _answers.Enqueue(input);
        while (_answers.Count > 0)
        {
            while (_answers.TryDequeue(out NodeInput? next))
                _runner.Handle(next);
            _runner.Pump();
        }
    }

    public override void Persist(Ready ready)
    {
        foreach (Message message in ready.SendAfterPersist.Span)
            Send(message);
        _answers.Enqueue(new PersistedInput(ready.Number));
        // A tick that comes while the loop is busy is handled with it, before anything is handed on.
        if (ready.SendAfterPersist.ToArray().Any(static message => message is VoteRequest))
            _answers.Enqueue(TickInput.Instance);
    }

    public override void Apply(ReadOnlyMemory<Entry> entries) => _answers.Enqueue(_applier.Apply([entries]));

    // The other member agrees to everything at once, but is heard to answer one heartbeat alone.
    public override void Send(Message message)
    {
        Sending(message);
        MessageHeader back = new(default, Other, Self, message.Term);
        Message? answer = message switch
        {
            PreVoteRequest => new PreVoteResponse { Header = back, Granted = true },
            VoteRequest => new VoteResponse { Header = back, Granted = true },
            AppendRequest append => new AppendResponse
            {
                Header = back, Match = new LogIndex(append.Previous.Index.Value + append.Entries.Length),
            },
            Heartbeat heartbeat when !_hasAnswered => new HeartbeatResponse { Header = back, Round = heartbeat.Round },
            _ => null,
        };
        _hasAnswered |= message is Heartbeat;
        if (answer is not null)
            _answers.Enqueue(new MessagesInput([answer]));
    }

    public void Dispose() => _metrics.Dispose();
}
