using RaftKv.Raft.Membership;
using RaftKv.Raft.Messages;
using RaftKv.Raft.Tests.Harness;

namespace RaftKv.Raft.Tests.Schedules;

/// <summary>
/// The invariants of Raft (figure 3) and what members promise each other, checked while a schedule runs. Everything is told to it
/// as it happens; whatever contradicts what was told before fails the run.
/// </summary>
internal sealed class Claims(IReadOnlyList<TestMember> members, Func<NodeId, long> incarnation)
{
    private readonly Dictionary<Term, NodeId> _leaders = [];
    private readonly Dictionary<LogPosition, (LogPosition Previous, ReadOnlyMemory<byte> Payload)> _entries = [];
    private readonly List<Entry> _committed = [];
    private readonly Dictionary<(NodeId Voter, long Incarnation, Term Term), NodeId> _votes = [];
    private readonly Dictionary<(NodeId Node, long Request), LogIndex> _reads = [];
    private readonly Dictionary<NodeId, LogIndex> _commits = [];
    private readonly Dictionary<NodeId, Role> _roles = [];
    private readonly Dictionary<long, LogPosition> _commands = [];

    public LogIndex CommittedMax { get; private set; }

    /// <summary>Configurations that were committed.</summary>
    public int ConfigurationCount => _committed.Count(entry => entry.Kind == EntryKind.Configuration);

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
        if (message is not (PreVoteRequest or PreVoteResponse))
            Require(disk.Term >= message.Term, "a message leaves after its term is durable");
    }

    /// <summary>State machine safety: one index, one entry, on every member.</summary>
    public void Applied(TestMember member, Entry entry)
    {
        if (entry.Index.Value <= _committed.Count)
        {
            Entry known = _committed[(int)entry.Index.Value - 1];
            Require(known.Position == entry.Position && AreEqual(known.Payload, entry.Payload), "state machine safety");
            return;
        }
        Require(entry.Index.Value == _committed.Count + 1, "entries are applied in order");
        Require(member.Disk.Holds(entry.Position), "only durable entries are applied");
        _committed.Add(entry);
        if (entry.Kind == EntryKind.Command && !entry.Payload.IsEmpty)
            Require(_commands.TryAdd(BitConverter.ToInt64(entry.Payload.Span), entry.Position), "a command is applied once");
    }

    public void ReadAsked(NodeId node, long request) => _reads[(node, request)] = CommittedMax;

    /// <summary>A read is not served from before it was asked.</summary>
    public void ReadAnswered(NodeId node, ReadResult result)
    {
        LogIndex committedThen = _reads[(node, result.RequestId)];
        _reads.Remove((node, result.RequestId));
        bool covers = result.Outcome == ReadOutcome.Dropped || result.Index >= committedThen;
        Require(covers, "a read index covers what was committed when it was asked");
    }

    /// <summary>Looks at one member after it was touched.</summary>
    public void Observe(TestMember member)
    {
        RaftCore core = member.Core;
        Require(core.Status.Fault is null, core.Status.Fault ?? "");
        if (core.Role == Role.Leader)
        {
            Require(_leaders.TryAdd(core.Term, member.Id) || _leaders[core.Term] == member.Id, "election safety");
            if (_roles.GetValueOrDefault(member.Id) != Role.Leader)
                RequireComplete(core);
            RequireOneChange(core);
        }
        _roles[member.Id] = core.Role;
        LogIndex before = _commits.GetValueOrDefault(member.Id);
        Require(core.Commit >= before, "the commit index never regresses");
        _commits[member.Id] = core.Commit;
        if (core.Commit <= CommittedMax)
            return;
        CommittedMax = core.Commit;
        if (core.Role == Role.Leader)
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

    private void RequireComplete(RaftCore leader)
    {
        foreach (Entry entry in _committed)
        {
            bool holds = entry.Index < leader.Protocol.Log.Base.Index || leader.Protocol.Log.Contains(entry.Position);
            Require(holds, "leader completeness");
        }
    }

    private static void RequireOneChange(RaftCore leader)
    {
        ConfigurationHistory history = leader.Protocol.Configurations;
        Require(history.CountAfter(leader.Commit) <= 1, "one configuration change at a time");
    }

    private void RequireOnQuorum(RaftCore core)
    {
        LogPosition position = new(core.Protocol.Log.TermAt(core.Commit) ?? default, core.Commit);
        Configuration configuration = core.Protocol.Configuration;
        // A member that acknowledged an entry and then lost its disk cannot vote the entry away: nobody counts it.
        Ballot[] holders =
        [
            .. members.Select(member => new Ballot(
                member.Id, member.Disk.Holds(position) || !configuration.Admits(member.Id, incarnation(member.Id)))),
        ];
        VoteResult result = JointQuorum.VoteResult(configuration, holders);
        Require(result == VoteResult.Won, $"a committed entry is durable on a quorum: {position}");
    }

    private static void Require(bool condition, string claim)
    {
        if (!condition)
            throw new ClaimViolatedException(claim);
    }
}

internal sealed class ClaimViolatedException(string claim) : Exception($"Violated: {claim}");
