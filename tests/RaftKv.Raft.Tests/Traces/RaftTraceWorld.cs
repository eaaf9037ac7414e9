using RaftKv.Raft.Membership;
using RaftKv.Raft.Messages;
using RaftKv.Raft.Tests.Harness;

namespace RaftKv.Raft.Tests.Traces;

/// <summary>The members of a trace, the messages in flight, and what the current command has brought about.</summary>
internal sealed class RaftTraceWorld
{
    private readonly SortedDictionary<NodeId, TestMember> _members = [];
    private readonly SortedDictionary<NodeId, string> _lastStatus = [];
    private readonly List<string> _lines = [];
    private readonly SortedDictionary<NodeId, long> _wipes = [];
    private TraceArguments _settings = new("nodes");

    public List<Message> InFlight { get; } = [];

    public SortedSet<(NodeId From, NodeId To)> Cut { get; } = [];

    /// <summary>Whether messages and events are left out of the output.</summary>
    public bool IsQuiet { get; set; }

    /// <summary>Members whose writes wait for the command "persist".</summary>
    public SortedSet<NodeId> SlowDisks { get; } = [];

    public long NextRequest { get; set; } = 1;

    public IEnumerable<TestMember> Members => _members.Values;

    public TestMember this[NodeId id] => _members[id];

    public void Found(Configuration configuration, TraceArguments settings)
    {
        _settings = settings;
        foreach (NodeId id in configuration.Members())
            AddMember(id, configuration);
    }

    public void Print(string line) => _lines.Add(line);

    /// <summary>Lets every member do what follows from what was done to it, except for slow disks.</summary>
    public void Work()
    {
        foreach (TestMember member in _members.Values)
        {
            member.Drain();
            while (!SlowDisks.Contains(member.Id) && member.IsUp && member.HasPending)
            {
                member.PersistOne();
                member.ReadLogOne();
                member.ApplyOne();
                member.Drain();
            }
        }
    }

    public void Deliver(Message message)
    {
        InFlight.Remove(message);
        TestMember to = _members[message.To];
        if (!to.IsUp || Cut.Contains((message.From, message.To)))
            return;
        to.Core.Receive(message);
        Work();
    }

    /// <summary>What happened since the last call: one line each, then the members whose state changed.</summary>
    public string TakeOutput()
    {
        Work();
        foreach (TestMember member in _members.Values)
        {
            string status = member.IsUp ? TracePrinter.Status(member.Core.Status) : $"{member.Id} down";
            if (_lastStatus.GetValueOrDefault(member.Id) == status)
                continue;
            _lastStatus[member.Id] = status;
            _lines.Add(status);
        }
        string output = string.Concat(_lines.Select(line => line + "\n"));
        _lines.Clear();
        return output;
    }

    public void Wipe(NodeId id)
    {
        _wipes[id] = _wipes.GetValueOrDefault(id) + 1;
        _members[id].Wipe();
    }

    public void AddMember(NodeId id, Configuration configuration)
    {
        TestMember member = new(id, new TestDisk(configuration), run => OptionsOf(id, run), seed: 1);
        member.Sent = message =>
        {
            InFlight.Add(message);
            if (!IsQuiet)
                Print(TracePrinter.Message(message));
        };
        member.Taken = ready => PrintAnswers(id, ready);
        _members.Add(id, member);
    }

    private RaftOptions OptionsOf(NodeId id, long run) => new()
    {
        Self = id,
        Session = run,
        PreVote = _settings.Is("prevote", true),
        CheckQuorum = _settings.Is("checkquorum", true),
        LeaseReads = _settings.Is("leases", false),
        ElectionDelayTicks = _settings.Named("delayed") == id.ToString() ? 20 : 0,
        Incarnation = _settings.Is("incarnations", false) ? 100 * id.Value + _wipes.GetValueOrDefault(id) : 0,
        EntryWindowBytes = _settings.Number("window", 1 << 20),
        MessageBytesMax = _settings.Number("message", 1 << 20),
        InflightMessagesMax = _settings.Number("inflight", 256),
        UncommittedBytesMax = _settings.Number("uncommitted", 1 << 20),
    };

    private void PrintAnswers(NodeId id, Ready ready)
    {
        foreach (RaftEvent @event in ready.Events.Span)
        {
            bool isMajor = @event is RoleChanged or CoreFaulted or ConfigurationChanged or DiskStuck or AmnesiaFound;
            if (!IsQuiet || isMajor)
                Print(TracePrinter.Event(id, @event));
        }
        foreach (SnapshotOrder order in ready.Snapshots.Span)
            Print($"{id} orders a snapshot from {order.From}, at least {order.AtLeast}");
        foreach (ReadResult read in ready.Reads.Span)
        {
            string outcome = read.Outcome == ReadOutcome.Confirmed ? $"at {read.Index}" : "dropped";
            Print($"{id} read {read.RequestId} {outcome}");
        }
        foreach (ProposalResult result in ready.Proposals.Span)
            Print($"{id} answer {TracePrinter.Result(result)}");
    }
}
