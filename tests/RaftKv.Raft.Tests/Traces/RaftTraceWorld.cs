using System.Text;
using RaftKv.Raft.Membership;
using RaftKv.Raft.Messages;
using RaftKv.Raft.Tests.Harness;
using RaftKv.Raft.Tests.Schedules;

namespace RaftKv.Raft.Tests.Traces;

/// <summary>
/// The members of a trace or of a schedule, the messages in flight, and the claims that hold whatever is done to them.
/// What is done to a member that is down does nothing.
/// </summary>
internal sealed class RaftTraceWorld(TraceOutput output)
{
    private const int StepsPerSweep = 8;

    private readonly List<TestMember> _members = [];
    private readonly Dictionary<NodeId, long> _wipes = [];
    private readonly HandBacks _handBacks = new();
    private TraceSettings _settings = new(new TraceArguments("nodes 0"));
    private int _steps;
    private long _lastRequest;

    public TraceOutput Output { get; } = output;

    public Claims Claims { get; private set; } = new([], _ => 0, leases: false);

    public List<Message> InFlight { get; } = [];

    /// <summary>Links on which whatever is sent is lost; what was under way before arrives.</summary>
    public HashSet<(NodeId From, NodeId To)> Cut { get; } = [];

    /// <summary>Members whose writes wait for the command "persist".</summary>
    public HashSet<NodeId> SlowDisks { get; } = [];

    /// <summary>Whether applying waits for the command "apply", and reading the log for "logread".</summary>
    public bool SlowMachines { get; set; }

    /// <summary>The message that is being handled.</summary>
    public Message? Received { get; private set; }

    public int SnapshotCount { get; private set; }

    public IReadOnlyList<TestMember> Members => _members;

    public TestMember this[NodeId id] => Find(id) ?? throw new FormatException($"there is no member {id}");

    public TestMember? Find(NodeId id) => _members.Find(member => member.Id == id);

    /// <summary>Who leads, in the latest term in which anybody does.</summary>
    public TestMember? Leader()
    {
        TestMember? latest = null;
        foreach (TestMember member in _members)
        {
            if (member.IsUp && member.Core.Role == Role.Leader && (latest is null || member.Core.Term > latest.Core.Term))
                latest = member;
        }
        return latest;
    }

    public void Found(TraceSettings settings)
    {
        _settings = settings;
        SlowMachines = settings.SlowMachines;
        Claims = new Claims(_members, IncarnationOf, settings.LeaseReads);
        Configuration founding = settings.Founding();
        foreach (NodeId id in founding.Members())
            AddMember(id, founding);
    }

    public void AddMember(NodeId id, Configuration configuration)
    {
        TestMember member = new(id, new TestDisk(configuration), run => _settings.OptionsOf(id, run, IncarnationOf(id)), _settings.Seed);
        member.Sent = message => Sent(member, message);
        member.Written = (writer, batch) => Claims.Wrote(writer, batch);
        member.AppliedEntry = entry => Claims.Applied(member, entry);
        member.Taken = ready => Taken(member, ready);
        if (_settings.SlowDisks)
            SlowDisks.Add(id);
        _members.Add(member);
        Claims.Started(member);
        Speak();
    }

    /// <summary>The identity of the disk that a member has now; 0 where members state none.</summary>
    public long IncarnationOf(NodeId id) => _settings.Incarnations ? 100 * id.Value + _wipes.GetValueOrDefault(id) : 0;

    /// <summary>Lets every member do what follows from what was done to it, except for slow disks, and checks every claim.</summary>
    public void Work()
    {
        foreach (TestMember member in _members)
        {
            if (!member.IsUp)
                continue;
            member.Drain();
            while (member.HasPending && Advance(member))
                member.Drain();
            Claims.Observe(member);
        }
        Claims.NextStep();
        if (++_steps % StepsPerSweep == 0)
            _handBacks.Sweep(_members, InFlight);
    }

    public void Tick(TestMember member)
    {
        if (!member.IsUp)
            return;
        Claims.Ticked(member);
        member.Core.Tick();
        Work();
    }

    /// <summary>A message arrives; it stays in flight, to arrive again, only if told so.</summary>
    public void Deliver(Message message, bool keep = false)
    {
        if (!keep)
            InFlight.Remove(message);
        if (Find(message.To) is not { IsUp: true } to)
            return;
        Received = message;
        Claims.Received(to, message);
        to.Core.Receive(message);
        Work();
        Received = null;
    }

    /// <summary>A message arrives that nobody can have sent: it is refused and counted, and nothing else changes.</summary>
    public void Garble(Message damaged, NodeId to)
    {
        if (Find(to) is not { IsUp: true } member)
            return;
        string before = StateDigest.Of(member.Core);
        long refused = member.Core.Status.RefusedMessages;
        ReceiveStatus status = member.Core.Receive(damaged);
        bool isRefused = status != ReceiveStatus.Accepted && member.Core.Status.RefusedMessages == refused + 1;
        if (!isRefused || StateDigest.Of(member.Core) != before)
            throw new ClaimViolatedException("an impossible message is refused, counted and changes nothing", $": {status} {damaged.Kind}");
        Work();
    }

    public ProposeResult Propose(TestMember member, IEnumerable<string> words)
    {
        Proposal[] batch = [.. words.Select(word => new Proposal(++_lastRequest, Encoding.UTF8.GetBytes(word)))];
        Claims.Proposed(batch);
        return member.Core.Propose(batch);
    }

    /// <summary>A member asks for a read index. The number of its request, and what became of it at once.</summary>
    public (long Request, ReadStatus Status) Read(TestMember member)
    {
        long request = ++_lastRequest;
        Claims.ReadAsked(member.Id, request);
        return (request, member.Core.Read(request));
    }

    public void Fetch(TestMember member)
    {
        SnapshotCount += member.HasSnapshotOrder ? 1 : 0;
        member.FetchSnapshot(id => this[id]);
    }

    public void Crash(TestMember member)
    {
        Claims.Crashed(member);
        member.Crash();
        Speak();
    }

    public void Restart(TestMember member)
    {
        member.Restart();
        Claims.Started(member);
        Speak();
    }

    /// <summary>The disk of a member that is down is replaced by an empty one, with another identity.</summary>
    public void Wipe(TestMember member, bool waits = false)
    {
        _wipes[member.Id] = _wipes.GetValueOrDefault(member.Id) + 1;
        member.Wipe(waits ? Configuration.Empty : member.Disk.Founding);
    }

    // Connections come and go with the members, and each tells what both speak.
    private void Speak()
    {
        if (!_settings.Upgrades)
            return;
        SortedList<NodeId, LogFormatRange> spoken = [];
        foreach (TestMember member in _members.Where(member => member.IsUp))
            spoken.Add(member.Id, member.Core.Protocol.Options.Formats);
        foreach (TestMember member in _members.Where(member => member.IsUp))
            member.Core.PeersSpeak(spoken);
    }

    private bool Advance(TestMember member)
    {
        if (SlowDisks.Contains(member.Id))
            return false;
        bool moved = member.PersistOne();
        if (!SlowMachines)
            moved |= member.ReadLogOne() | member.ApplyOne();
        return moved;
    }

    private void Sent(TestMember member, Message message)
    {
        Output.Sent(message);
        Claims.Sent(member, message);
        if (!Cut.Contains((message.From, message.To)))
            InFlight.Add(message);
    }

    // The reason ends with the member's state, which differs from run to run.
    private static ClaimViolatedException Broken(string reason)
    {
        int state = reason.IndexOf(" [", StringComparison.Ordinal);
        return state < 0 ? new ClaimViolatedException(reason) : new ClaimViolatedException(reason[..state], reason[state..]);
    }

    private void Taken(TestMember member, Ready ready)
    {
        if (_settings.HandsBack)
            _handBacks.Took(member.Core, ready);
        Output.Taken(member.Id, ready);
        foreach (ReadResult read in ready.Reads.Span)
            Claims.ReadAnswered(member, read, Received);
        foreach (RaftEvent @event in ready.Events.Span)
        {
            if (@event is CoreFaulted fault)
                throw Broken(fault.Reason);
        }
    }
}
