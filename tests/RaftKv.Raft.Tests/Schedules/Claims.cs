using System.Runtime.InteropServices;
using System.Text;
using RaftKv.Raft.Membership;
using RaftKv.Raft.Messages;
using RaftKv.Raft.Replication;
using RaftKv.Raft.Roles;
using RaftKv.Raft.Tests.Harness;

namespace RaftKv.Raft.Tests.Schedules;

/// <summary>
/// The invariants of Raft (figure 3) and what members promise each other, checked while a schedule runs. Everything is told to it
/// as it happens; whatever contradicts what was told before fails the run.
/// </summary>
internal sealed class Claims(IReadOnlyList<TestMember> members, Func<NodeId, long> incarnation, bool leases)
{
    private readonly Leadership _leadership = new(leases);
    private readonly Dictionary<Term, NodeId> _leaders = [];
    private readonly Dictionary<LogPosition, (LogPosition Previous, ReadOnlyMemory<byte> Payload)> _entries = [];
    private readonly List<Entry> _committed = [];
    private readonly Dictionary<(NodeId Voter, long Incarnation, Term Term), NodeId> _votes = [];
    private readonly Dictionary<(NodeId Node, long Request), LogIndex> _reads = [];
    private readonly Dictionary<NodeId, LogIndex> _commits = [];
    private readonly Dictionary<NodeId, LogIndex> _configurations = [];
    private readonly Dictionary<LogIndex, Term> _committedTerms = [];
    private readonly Dictionary<LogIndex, Term> _committedIn = [];
    private readonly Dictionary<NodeId, Role> _roles = [];
    private readonly Dictionary<string, int> _proposed = [];
    private readonly SortedSet<(int, int)> _formats = [];

    public LogIndex CommittedMax { get; private set; }

    /// <summary>Configurations that were committed.</summary>
    public int ConfigurationCount => _committed.Count(entry => entry.Kind == EntryKind.Configuration);

    /// <summary>Formats that were raised to.</summary>
    public int FormatCount => _formats.Count;

    public int ElectionCount => _leaders.Count;

    /// <summary>Log matching: one position, one entry, one predecessor.</summary>
    public void Wrote(TestMember member, PersistBatch batch)
    {
        foreach (Entry entry in batch.Entries.Span)
        {
            LogPosition previous = member.Disk.PositionAt(entry.Index.Previous);
            if (_entries.TryAdd(entry.Position, (previous, entry.Payload)))
                continue;
            (LogPosition Previous, ReadOnlyMemory<byte> Payload) known = _entries[entry.Position];
            Require(known.Previous == previous && AreEqual(known.Payload, entry.Payload), "log matching");
        }
    }

    /// <summary>No vote and no acknowledgement leaves before what it promises is durable.</summary>
    public void Sent(TestMember member, Message message)
    {
        HardState disk = member.Disk.HardState;
        _leadership.Sent(member, message);
        if (message is VoteResponse { Granted: true })
        {
            bool durable = disk.Term > message.Term || (disk.Term == message.Term && disk.VotedFor == message.To);
            Require(durable, "a vote leaves after it is durable");
            Require(_votes.TryAdd((member.Id, message.Incarnation, message.Term), message.To)
                || _votes[(member.Id, message.Incarnation, message.Term)] == message.To, "one vote per term");
        }
        if (message is AppendResponse append)
        {
            bool durable = member.Disk.Last >= append.Match || disk.Term > message.Term;
            Require(durable, "an acknowledgement leaves after its entries are durable");
        }
        if (message is VoteRequest vote)
            Require(member.Disk.Holds(vote.Last) || disk.Term > message.Term, "a campaign states a durable log");
        if (message is TimeoutNow)
            RequireCaughtUp(member.Core.Protocol, message);
        if (message is not (PreVoteRequest or PreVoteResponse))
            Require(disk.Term >= message.Term, "a message leaves after its term is durable");
    }

    /// <summary>State machine safety: one index, one entry, on every member.</summary>
    public void Applied(TestMember member, Entry entry)
    {
        Require(member.Disk.Holds(entry.Position), "only durable entries are applied");
        if (entry.Index.Value <= _committed.Count)
        {
            Entry known = _committed[(int)entry.Index.Value - 1];
            Require(known.Position == entry.Position && AreEqual(known.Payload, entry.Payload), "state machine safety");
            return;
        }
        Require(entry.Index.Value == _committed.Count + 1, "entries are applied in order");
        _committed.Add(entry);
        if (entry.Kind == EntryKind.Command && !entry.Payload.IsEmpty)
            Require(--CollectionsMarshal.GetValueRefOrAddDefault(_proposed, TextOf(entry.Payload), out _) >= 0, "a command is applied once");
    }

    /// <summary>Each command is applied at most as often as it was proposed, however often a frame is repeated.</summary>
    public void Proposed(ReadOnlySpan<Proposal> proposals)
    {
        foreach (ref readonly Proposal proposal in proposals)
            CollectionsMarshal.GetValueRefOrAddDefault(_proposed, TextOf(proposal.Payload), out _)++;
    }

    /// <summary>Whatever is told from now on happens later than what was told so far.</summary>
    public void NextStep() => _leadership.Step++;

    public void Started(TestMember member) => _leadership.Started(member.Id);

    public void Ticked(TestMember member) => _leadership.Ticked(member.Id);

    public void Received(TestMember member, Message message) => _leadership.Received(member, message);

    public void ReadAsked(NodeId node, long request)
    {
        _reads[(node, request)] = CommittedMax;
        _leadership.ReadAsked(node, request);
    }

    /// <summary>A read is not served from before it was asked.</summary>
    /// <param name="cause">The message that brought the answer, or null.</param>
    public void ReadAnswered(TestMember member, ReadResult result, Message? cause)
    {
        LogIndex committedThen = _reads[(member.Id, result.RequestId)];
        _reads.Remove((member.Id, result.RequestId));
        if (result.Outcome != ReadOutcome.Dropped)
            _leadership.ReadConfirmed(member, result.RequestId, cause);
        bool covers = result.Outcome == ReadOutcome.Dropped || result.Index >= committedThen;
        Require(covers, "a read index covers what was committed when it was asked");
    }

    /// <summary>Looks at one member after it was touched.</summary>
    public void Observe(TestMember member)
    {
        RaftCore core = member.Core;
        LogIndex durable = core.Protocol.Log.Durable;
        bool isHeld = core.Protocol.Log.TermAt(durable) is not { } durableTerm || member.Disk.Holds(new LogPosition(durableTerm, durable));
        Require(isHeld, "what a member calls durable is on its disk");
        if (core.Role == Role.Leader)
        {
            Require(_leaders.TryAdd(core.Term, member.Id) || _leaders[core.Term] == member.Id, "election safety");
            if (_roles.GetValueOrDefault(member.Id) != Role.Leader)
            {
                RequireComplete(core);
                _leadership.RequireElected(core);
            }
            RequireOneChange(core);
            RequireSpoken(core);
            RequireAcknowledged(core);
        }
        Role role = _roles.GetValueOrDefault(member.Id);
        _roles[member.Id] = core.Role;
        LogIndex before = _commits.GetValueOrDefault(member.Id);
        Require(core.Commit >= before, "the commit index never regresses");
        _commits[member.Id] = core.Commit;
        if (core.Commit > CommittedMax)
            Committed(core, role);
        _configurations[member.Id] = core.Protocol.Configurations.Index;
        bool isKnown = _committedTerms.TryGetValue(core.Commit, out Term term);
        Require(!isKnown || core.Protocol.Log.TermAt(core.Commit) is not { } held || held == term, "members commit the same entries");
    }

    /// <summary>The first to commit an entry is a leader, by an entry of its own term (Raft 5.4.2).</summary>
    private void Committed(RaftCore core, Role before)
    {
        Require(core.Role == Role.Leader || before == Role.Leader, "a leader commits first");
        for (LogIndex index = CommittedMax.Next; index <= core.Commit; index = index.Next)
        {
            if (core.Protocol.Log.TermAt(index) is { } term)
                _committedTerms[index] = term;
            _committedIn[index] = core.Term;
        }
        CommittedMax = core.Commit;
        if (core.Role != Role.Leader)
            return;
        Require(_committedTerms[core.Commit] == core.Term, "a leader counts copies of entries of its own term only");
        RequireOnQuorum(core);
    }

    /// <summary>A crash forgets what was not durable, the commit index among it.</summary>
    public void Crashed(TestMember member)
    {
        _commits[member.Id] = LogIndex.Zero;
        _roles[member.Id] = Role.Follower;
    }

    // A witness keeps no payloads.
    private static bool AreEqual(ReadOnlyMemory<byte> one, ReadOnlyMemory<byte> other) => one.IsEmpty || other.IsEmpty || one.Equals(other);

    private static string TextOf(ReadOnlyMemory<byte> payload) => Encoding.UTF8.GetString(payload.Span);

    // A leader of an earlier term, elected late, need not hold what a later one committed.
    private void RequireComplete(RaftCore leader)
    {
        foreach (Entry entry in _committed)
        {
            bool isLater = _committedIn.GetValueOrDefault(entry.Index) > leader.Term;
            bool holds = isLater || entry.Index < leader.Protocol.Log.Base.Index || leader.Protocol.Log.Contains(entry.Position);
            Require(holds, "leader completeness");
        }
    }

    // In a later term the target may have lost what it held.
    private void RequireCaughtUp(Protocol leader, Message order)
    {
        TestMember target = members.First(member => member.Id == order.To);
        bool isExempt = target.Disk.HardState.Term > order.Term || !leader.Configuration.Admits(target.Id, incarnation(target.Id));
        Require(isExempt || target.Disk.Holds(leader.Log.Last), "who is told to campaign holds the whole log");
    }

    private static void RequireOneChange(RaftCore leader)
    {
        ConfigurationHistory history = leader.Protocol.Configurations;
        Require(history.CountAfter(leader.Commit) <= 1, "one configuration change at a time");
        bool isOwn = history.Index > leader.Commit && leader.Protocol.Log.TermAt(history.Index) == leader.Term;
        // An entry that carries the founding configuration, for whoever did not found, changes nothing.
        bool isChange = !history.Current.Equals(history.At(history.Index.Previous));
        bool mayChange = leader.Protocol.Log.TermAt(leader.Commit) == leader.Term;
        Require(!isOwn || !isChange || mayChange, "no configuration change before a commit in the term");
    }

    // Builds never get older here, so whoever spoke a format when it was raised speaks it still.
    private void RequireSpoken(RaftCore leader)
    {
        ConfigurationHistory history = leader.Protocol.Configurations;
        Configuration before = history.At(history.Index.Previous);
        Require(history.Current.Format.IsAtLeast(before.Format), "the format never goes down");
        if (history.Index <= leader.Commit || history.Current.Format == before.Format)
            return;
        bool isSpoken = members.All(member =>
            !history.Current.IsMember(member.Id) || member.Core.Protocol.Options.Formats.Covers(history.Current.Format));
        Require(isSpoken, "a format is raised once every member speaks it");
        _formats.Add((history.Current.Format.Library, history.Current.Format.Machine));
    }

    private void RequireAcknowledged(RaftCore leader)
    {
        foreach (PeerProgress peer in ((LeaderRole)leader.Protocol.Role).Replicator.Peers)
        {
            if (leader.Protocol.Log.TermAt(peer.Match) is not { } term || members.FirstOrDefault(member => member.Id == peer.Id) is not { } member)
                continue;
            bool isExempt = member.Disk.HardState.Term > leader.Term
                || !leader.Protocol.Configuration.Admits(member.Id, incarnation(member.Id));
            bool isHeld = isExempt || member.Disk.Holds(new LogPosition(term, peer.Match));
            Require(isHeld, "what a leader counts as acknowledged is on the member's disk");
        }
    }

    private void RequireOnQuorum(RaftCore core)
    {
        LogPosition position = new(core.Protocol.Log.TermAt(core.Commit) ?? default, core.Commit);
        // What was appended in this very step may have come after the commit, or before it.
        LogIndex latest = core.Protocol.Configurations.Index;
        bool isNew = latest > core.Commit && latest > _configurations.GetValueOrDefault(core.Status.Self);
        bool isWon = IsOnQuorum(position, core.Protocol.Configuration) || (isNew && IsOnQuorum(position, core.ConfigurationAt(core.Commit)));
        Require(isWon, "a committed entry is durable on a quorum");
    }

    // A member that acknowledged an entry and then lost its disk cannot vote the entry away: nobody counts it, as long as the configuration
    // names its former disk.
    private bool IsOnQuorum(LogPosition position, Configuration configuration)
    {
        Ballot[] holders =
        [
            .. members.Select(member => new Ballot(
                member.Id, member.Disk.Holds(position) || !configuration.Admits(member.Id, incarnation(member.Id)))),
        ];
        return JointQuorum.VoteResult(configuration, holders) == VoteResult.Won;
    }

    private static void Require(bool condition, string claim)
    {
        if (!condition)
            throw new ClaimViolatedException(claim);
    }
}
