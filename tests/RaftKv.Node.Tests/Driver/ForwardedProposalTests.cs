using RaftKv.Node.Driver;
using RaftKv.Node.Tests.Support;
using RaftKv.Raft;

namespace RaftKv.Node.Tests.Driver;

/// <summary>Source: <see cref="PendingProposals"/>: what is believed of a forwarded proposal, and when.</summary>
public sealed class ForwardedProposalTests
{
    private readonly ScriptedMember _member = new();
    private readonly AwaitedProposal _proposal = new(42);

    [Fact]
    public void A_forwarded_proposal_ends_when_its_entry_is_applied_here()
    {
        Forward();
        _member.ReceiveAnswer(1, ProposeStatus.Appended);
        Assert.False(_proposal.HasEnded);
        _member.ReceiveEntries(1, ScriptedMember.Noop(1, 1), _member.Appended(1, 2));
        Assert.Equal(new LogIndex(2), _proposal.Result!.Value.Position.Index);
    }

    [Fact]
    public void A_forwarded_proposal_refused_after_it_was_appended_is_applied_once()
    {
        // The message came twice: the first copy was appended, the leader fell, the second copy was refused.
        Forward();
        _member.ReceiveAnswer(1, ProposeStatus.NotLeader);
        Assert.False(_proposal.HasEnded);
        _member.ReceiveEntries(2, ScriptedMember.Noop(1, 1), _member.Appended(1, 2), ScriptedMember.Noop(2, 3));
        Assert.Equal(new LogIndex(2), _proposal.Result!.Value.Position.Index);
        Assert.Equal(1, _member.Forwarded);
        Assert.Single(_member.Machine.Commands);
    }

    [Fact]
    public void A_forwarded_proposal_that_a_later_terms_entry_passes_is_proposed_again()
    {
        Forward();
        long first = _member.LastForwarded.Proposals.Span[0].RequestId;
        _member.ReceiveEntries(2, ScriptedMember.Noop(1, 1), ScriptedMember.Noop(2, 2));
        Assert.False(_proposal.HasEnded);
        Assert.Equal(2, _member.Forwarded);
        Assert.Equal(new Term(2), _member.LastForwarded.Term);
        Assert.True(_member.LastForwarded.Proposals.Span[0].RequestId > first);
        _member.ReceiveEntries(2, ScriptedMember.Noop(1, 1), ScriptedMember.Noop(2, 2), _member.Appended(2, 3));
        Assert.NotNull(_proposal.Result);
    }

    [Fact]
    public void A_message_without_an_answer_is_repeated_under_the_same_number_in_the_same_term()
    {
        Forward();
        long first = _member.LastForwarded.Proposals.Span[0].RequestId;
        for (int tick = 0; tick < 25; tick++)
        {
            _member.Input(TickInput.Instance);
            _member.ReceiveHeartbeat(1);
        }
        Assert.Equal(2, _member.Forwarded);
        Assert.Equal(first, _member.LastForwarded.Proposals.Span[0].RequestId);
        Assert.Equal(new Term(1), _member.LastForwarded.Term);
    }

    [Theory]
    [InlineData(ProposeStatus.Busy, RaftKvError.Busy)]
    [InlineData(ProposeStatus.TooLarge, RaftKvError.TooLarge)]
    public void A_leaders_refusal_is_believed_at_once(ProposeStatus status, RaftKvError error)
    {
        Forward();
        _member.ReceiveAnswer(1, status);
        Assert.Equal((error, WriteOutcome.NotApplied), (_proposal.Failure!.Error, _proposal.Failure.Outcome));
        Assert.Equal(ScriptedMember.Leader, _proposal.Failure.LeaderHint);
    }

    [Fact]
    public void A_stop_leaves_what_was_sent_unknown_and_what_was_not_unapplied()
    {
        AwaitedProposal unsent = new(1);
        _member.Input(unsent);
        _member.Driver.Stop(StopReasons.Stopped());
        Assert.Equal(WriteOutcome.NotApplied, unsent.Failure!.Outcome);
        ScriptedMember other = new();
        other.ReceiveHeartbeat(1);
        other.Input(_proposal);
        other.Driver.Stop(StopReasons.Stopped());
        Assert.Equal(WriteOutcome.Unknown, _proposal.Failure!.Outcome);
    }

    private void Forward()
    {
        _member.ReceiveHeartbeat(1);
        _member.Input(_proposal);
        Assert.Equal(1, _member.Forwarded);
    }
}
