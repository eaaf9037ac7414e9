using RaftKv.Raft.Membership;
using RaftKv.Raft.Messages;
using RaftKv.Raft.Roles;
using RaftKv.Raft.Tests.Harness;

namespace RaftKv.Raft.Tests.Schedules;

/// <summary>What leadership rests on, told from the messages alone: votes, rounds that a quorum echoed, and questions for reads.</summary>
internal sealed class Leadership(bool leases)
{
    private const int ElectionTicks = 10;

    private readonly HashSet<(NodeId Candidate, Term Term, NodeId Voter)> _votes = [];
    private readonly HashSet<(NodeId Candidate, Term Term)> _transfers = [];
    private readonly HashSet<(NodeId Leader, Term Term)> _handedOver = [];
    private readonly Dictionary<(NodeId Leader, Term Term, long Round), Moment> _rounds = [];
    private readonly Dictionary<(NodeId Leader, Term Term, NodeId Voter), Moment> _echoes = [];
    private readonly Dictionary<(NodeId Node, long Session, long Sequence), long> _questions = [];
    private readonly Dictionary<(NodeId Node, long Request), long> _reads = [];
    private readonly HashSet<(NodeId Voter, NodeId Candidate, Term Term, bool IsPreVote)> _unbound = [];
    private readonly Dictionary<NodeId, Word> _words = [];
    private readonly Dictionary<NodeId, long> _clocks = [];
    private readonly Dictionary<NodeId, long> _starts = [];

    /// <summary>Counts what happened to the group: a later number is a later moment.</summary>
    public long Step { get; set; }

    public void Started(NodeId node) => _starts[node] = Clock(node);

    public void Ticked(NodeId node) => _clocks[node] = Clock(node) + 1;

    public void Received(TestMember member, Message message)
    {
        switch (message)
        {
            case AppendRequest or Heartbeat or SnapshotOffer when message.Term >= member.Core.Term:
                _words[member.Id] = new Word(message.From, message.Term, Clock(member.Id));
                break;
            case PreVoteRequest when !IsBound(member, message):
                _unbound.Add((member.Id, message.From, message.Term, IsPreVote: true));
                break;
            case VoteRequest request when request.Transfer || !IsBound(member, message):
                _unbound.Add((member.Id, message.From, message.Term, IsPreVote: false));
                break;
        }
    }

    public void Sent(TestMember member, Message message)
    {
        switch (message)
        {
            case VoteRequest { Transfer: true } request:
                _transfers.Add((request.From, request.Term));
                break;
            case VoteResponse { Granted: true } vote:
                RequireUnbound(vote, isPreVote: false);
                // A vote that was given may be given again: it elects nobody else.
                bool isNew = _votes.Add((vote.To, vote.Term, vote.From));
                RequireNoPromise(member.Id, isExempt: !isNew || _transfers.Contains((vote.To, vote.Term)));
                break;
            case PreVoteResponse { Granted: true }:
                RequireUnbound(message, isPreVote: true);
                RequireNoPromise(member.Id, isExempt: false);
                break;
            case TimeoutNow handOver:
                _handedOver.Add((handOver.From, handOver.Term));
                break;
            case Heartbeat heartbeat:
                _rounds.TryAdd((heartbeat.From, heartbeat.Term, heartbeat.Round), new Moment(Step, Clock(heartbeat.From)));
                break;
            case HeartbeatResponse response when _rounds.TryGetValue((response.To, response.Term, response.Round), out Moment start):
                if (_echoes.GetValueOrDefault((response.To, response.Term, response.From)).Step <= start.Step)
                    _echoes[(response.To, response.Term, response.From)] = start;
                break;
            case ReadIndexRequest question:
                _questions.TryAdd((question.From, question.Session, question.Sequence), Step);
                break;
        }
    }

    public void RequireElected(RaftCore leader)
    {
        NodeId self = leader.Status.Self;
        RequireQuorum(leader, voter => _votes.Contains((self, leader.Term, voter)), "a leader has the votes of a quorum");
    }

    public void ReadAsked(NodeId node, long request) => _reads[(node, request)] = Step;

    /// <summary>A read is confirmed by a lease in force, by a round or an answer to a question since it was asked.</summary>
    public void ReadConfirmed(TestMember member, long request, Message? cause)
    {
        long asked = _reads[(member.Id, request)];
        if (cause is ReadIndexResponse answer)
            Require(_questions[(answer.To, answer.Session, answer.Sequence)] >= asked, "a read is served by a question asked since");
        RaftCore core = member.Core;
        if (core.Role != Role.Leader)
            return;
        if (asked == Step && cause is null)
            RequireLease(member.Id, core);
        else
            RequireQuorum(core, voter => Echo(core, voter) is { } start && start.Step >= asked,
                "a read is confirmed by a round since it was asked");
    }

    private void RequireLease(NodeId self, RaftCore core)
    {
        if (JointQuorum.VoteResult(core.Protocol.Configuration, [new Ballot(self, true)]) == VoteResult.Won)
            return;
        Require(!_handedOver.Contains((self, core.Term)), "no lease outlives an order to campaign");
        // Voters of a new configuration promised by taking it, which no echo shows.
        if (core.Protocol.Log.TermAt(core.Protocol.Configurations.Index) == core.Term)
            return;
        RequireQuorum(core, voter => Echo(core, voter) is { } start && Clock(self) - start.Tick < ElectionTicks,
            "a lease ends after an election timeout");
    }

    private void RequireUnbound(Message vote, bool isPreVote) =>
        Require(_unbound.Contains((vote.From, vote.To, vote.Term, isPreVote)), "no vote against a leader that was just heard");

    /// <summary>Whether a member must not vote now: it heard a leader, or leads (thesis 4.2.3 and 6.4.1).</summary>
    private bool IsBound(TestMember voter, Message request)
    {
        Protocol protocol = voter.Core.Protocol;
        if (protocol.Term == request.Term && protocol.VotedFor == request.From)
            return false;                                                      // it may say the same again
        bool isRecent = _words.TryGetValue(voter.Id, out Word word) && Clock(voter.Id) - word.Tick < ElectionTicks;
        bool follows = isRecent && word.Term == protocol.Term && word.Leader == protocol.Leader;
        bool isInContact = request.Term > protocol.Term && (follows || voter.Core.Role == Role.Leader);
        bool hasPromised = isRecent && word.Term < request.Term;
        return (protocol.Options.CheckQuorum && isInContact) || (protocol.Options.LeaseReads && hasPromised);
    }

    // Each member measures its promises by its own clock.
    private long Clock(NodeId node) => _clocks.GetValueOrDefault(node);

    private Moment? Echo(RaftCore core, NodeId voter) =>
        _echoes.TryGetValue((core.Status.Self, core.Term, voter), out Moment start) ? start : null;

    private void RequireNoPromise(NodeId voter, bool isExempt) =>
        Require(!leases || isExempt || Clock(voter) - _starts[voter] >= ElectionTicks,
            "no vote so soon after a start that a promise may be forgotten");

    private static void RequireQuorum(RaftCore core, Func<NodeId, bool> agrees, string claim)
    {
        Configuration configuration = core.Protocol.Configuration;
        NodeId self = core.Status.Self;
        Ballot[] ballots = [.. configuration.Members().Select(id => new Ballot(id, id == self || agrees(id)))];
        Require(JointQuorum.VoteResult(configuration, ballots) == VoteResult.Won, claim);
    }

    private static void Require(bool condition, string claim)
    {
        if (!condition)
            throw new ClaimViolatedException(claim);
    }

    private readonly record struct Moment(long Step, long Tick);

    private readonly record struct Word(NodeId Leader, Term Term, long Tick);
}
