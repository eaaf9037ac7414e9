using RaftKv.Node.Driver;
using RaftKv.Node.Tests.Support;
using RaftKv.Raft;
using RaftKv.Raft.Membership;

namespace RaftKv.Node.Tests.Driver;

/// <summary>Source: <see cref="Membership"/>: when a member believes that it was removed.</summary>
public sealed class RemovalTests
{
    private static readonly Configuration Founding = Configuration.Of(2, 3);
    private static readonly Configuration AsLearner = new([new NodeId(2), new NodeId(3)], learners: [ScriptedMember.Self]);
    private static readonly Configuration AsVoter = Configuration.Of(1, 2, 3);

    [Theory]
    [InlineData(2, true)]
    [InlineData(1, false)]
    public void A_member_that_was_admitted_and_then_promoted_by_entries_that_came_together_believes_that_it_was_removed(
        long commit, bool believes)
    {
        ScriptedMember member = new(isFounder: false);
        member.ReceiveEntries(
            1,
            [
                ScriptedMember.Members(1, 1, Founding), ScriptedMember.Members(1, 2, AsLearner), ScriptedMember.Members(1, 3, AsVoter),
            ],
            new LogIndex(commit));

        member.Input(new MembersHeardInput(ScriptedMember.Leader, new MemberNotice(default, new LogIndex(4), true, Founding)));

        Assert.Equal(believes ? RaftKvError.Removed : null, member.Driver.StopReason?.Error);
    }

    [Theory]
    [InlineData(2, true)]
    [InlineData(4, false)]
    public void What_is_older_than_the_own_log_or_not_committed_is_not_believed(long index, bool isCommitted)
    {
        ScriptedMember member = new(isFounder: false);
        member.ReceiveEntries(1, ScriptedMember.Members(1, 1, Founding), ScriptedMember.Noop(1, 2), ScriptedMember.Members(1, 3, AsLearner));

        member.Input(new MembersHeardInput(ScriptedMember.Leader, new MemberNotice(default, new LogIndex(index), isCommitted, Founding)));

        Assert.Null(member.Driver.StopReason);
    }

    [Theory]
    [InlineData(4, true, true)]
    [InlineData(4, false, false)]
    [InlineData(0, true, false)]
    public void A_member_whose_state_is_not_to_be_trusted_asks_while_no_leader_speaks_and_believes_as_others_do(
        long index, bool isCommitted, bool believes)
    {
        ScriptedMember member = new(isDistrusted: true);
        for (int ticks = 0; ticks < 10; ticks++)
        {
            member.Input(TickInput.Instance);
            member.ReceiveHeartbeat(1);
        }
        Assert.Empty(member.Asked);
        for (int ticks = 0; ticks < 20; ticks++)
            member.Input(TickInput.Instance);
        Assert.Contains(new NodeId(2), member.Asked);
        Assert.Contains(new NodeId(3), member.Asked);
        Assert.True(member.Driver.IsRebuilding);

        member.Input(new MembersHeardInput(ScriptedMember.Leader, new MemberNotice(default, new LogIndex(index), isCommitted, Founding)));

        Assert.Equal(believes ? RaftKvError.Removed : null, member.Driver.StopReason?.Error);
    }
}
