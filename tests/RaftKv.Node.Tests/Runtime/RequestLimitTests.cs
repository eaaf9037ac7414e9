using RaftKv.Node.Driver;
using RaftKv.Node.Tests.Support;
using RaftKv.Node.Workers;

namespace RaftKv.Node.Tests.Runtime;

/// <summary>Source: <see cref="RequestLimit"/> and what narrows it.</summary>
public sealed class RequestLimitTests
{
    [Fact]
    public void It_bounds_requests_and_bytes_and_gives_room_back()
    {
        RequestLimit limit = new(2, 640, null);
        Assert.True(limit.TryEnter(600));
        Assert.False(limit.TryEnter(41));
        Assert.True(limit.TryEnter(40));
        Assert.False(limit.TryEnter(0));
        limit.Leave(600);
        Assert.Equal((1, 40), (limit.Count, limit.Bytes));
        Assert.True(limit.TryEnter(0));
    }

    [Fact]
    public void The_limit_around_several_bounds_them_together()
    {
        RequestLimit around = new(3, 640, null);
        RequestLimit one = new(2, 640, around);
        RequestLimit two = new(2, 640, around);
        Assert.True(one.TryEnter(1));
        Assert.True(one.TryEnter(1));
        Assert.True(two.TryEnter(1));
        Assert.False(two.TryEnter(1));
        Assert.Equal((1, 3), (two.Count, around.Count));
        one.Leave(1);
        Assert.True(two.TryEnter(1));
    }

    [Fact]
    public void It_narrows_while_requests_wait_for_too_long_never_shuts_and_widens_again()
    {
        RequestLimit limit = new(6400, 6400, null);
        for (int tick = 0; tick < 100; tick++)
            limit.Adapt(isBehind: true);
        Assert.Equal(100, Enumerable.Range(0, 6400).Count(_ => limit.TryEnter(1)));
        for (int tick = 0; tick < 100; tick++)
            limit.Adapt(isBehind: false);
        Assert.Equal(6300, Enumerable.Range(0, 6400).Count(_ => limit.TryEnter(1)));
        RequestLimit small = new(1, 1, null);
        small.Adapt(isBehind: true);
        Assert.True(small.TryEnter(1000));
    }

    [Fact]
    public void A_member_is_behind_once_a_proposal_has_waited_half_its_time_and_no_longer_when_it_has_ended()
    {
        ScriptedMember member = new();
        AwaitedProposal proposal = new(1);
        member.Input(proposal);
        for (int tick = 0; tick < 25; tick++)
        {
            Assert.False(member.Driver.IsBehind);
            member.Input(TickInput.Instance);
        }
        member.Input(TickInput.Instance);
        Assert.True(member.Driver.IsBehind);
        for (int tick = 0; tick < 25; tick++)
            member.Input(TickInput.Instance);
        Assert.True(proposal.HasEnded);
        Assert.False(member.Driver.IsBehind);
    }
}
