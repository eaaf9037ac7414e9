using RaftKv.Raft.Membership;
using RaftKv.Raft.Messages;

namespace RaftKv.Raft.Tests.Replication;

/// <summary>A forwarded proposal that arrives again after its leader stepped down in the term in which it had taken it.</summary>
public sealed class RepeatedProposalTests
{
    private static readonly NodeId Proposer = new(2);

    [Fact]
    public void What_a_leader_has_taken_is_not_called_refused_once_it_has_stepped_down()
    {
        RaftCore core = Elected();
        Assert.Equal([(7, ProposeStatus.Appended)], Answers(core, Request(7)));
        while (core.Role == Role.Leader)
            core.Tick();
        Assert.Equal(new Term(1), core.Term);
        Assert.Empty(Answers(core, Request(7)));
        Assert.Equal([(8, ProposeStatus.NotLeader)], Answers(core, Request(8)));
    }

    [Fact]
    public void Who_never_led_in_the_term_says_so()
    {
        RaftRestore restored = new() { Configuration = Configuration.Of(1, 2, 3), HardState = new HardState(new Term(1), new NodeId(3), default) };
        RaftCore core = new(new RaftOptions { Self = new NodeId(1) }, restored, new(1));
        Assert.Equal([(7, ProposeStatus.NotLeader)], Answers(core, Request(7)));
    }

    private static RaftCore Elected()
    {
        RaftRestore restored = new() { Configuration = Configuration.Of(1, 2, 3) };
        RaftCore core = new(new RaftOptions { Self = new NodeId(1), PreVote = false }, restored, new(1));
        while (core.Role == Role.Follower)
            core.Tick();
        Work(core);
        Assert.Equal(ReceiveStatus.Accepted, core.Receive(new VoteResponse { Header = Header(Proposer), Granted = true }));
        Assert.Equal(Role.Leader, core.Role);
        Work(core);
        return core;
    }

    private static (long, ProposeStatus)[] Answers(RaftCore core, ProposeRequest request)
    {
        core.Receive(request);
        return [.. Work(core).OfType<ProposeResponse>().SelectMany(response => response.Results.ToArray())
            .Select(result => (result.RequestId, result.Status))];
    }

    private static List<Message> Work(RaftCore core)
    {
        List<Message> sent = [];
        while (core.HasReady)
        {
            Ready ready = core.TakeReady();
            sent.AddRange(ready.SendNow.Span);
            core.Persisted(ready.Number);
            sent.AddRange(ready.SendAfterPersist.Span);
        }
        return sent;
    }

    private static ProposeRequest Request(long requestId) => new()
    {
        Header = Header(Proposer),
        Session = 5,
        Proposals = new[] { new Proposal(requestId, new byte[] { 1 }) },
    };

    private static MessageHeader Header(NodeId from) => new(default, from, new NodeId(1), new Term(1));
}
