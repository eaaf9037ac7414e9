using RaftKv.Node.Driver;
using RaftKv.Node.Tests.Support;
using RaftKv.Node.Workers;

namespace RaftKv.Node.Tests.Runtime;

/// <summary>Source: <see cref="RequestLimit"/> and what narrows it.</summary>
public sealed class RequestLimitTests
{
    private const int Overhead = RequestLimit.OverheadBytes;

    [Fact]
    public void It_bounds_requests_and_bytes_and_gives_room_back()
    {
        MemoryShare memory = new(6400);
        RequestLimit limit = new(2, memory);
        Assert.False(limit.TryEnter(6401 - Overhead));
        Assert.True(limit.TryEnter(1000));
        Assert.False(limit.TryEnter(5000));
        Assert.True(limit.TryEnter(40));
        Assert.False(limit.TryEnter(0));
        limit.Leave(1000);
        Assert.Equal((1, 40 + Overhead), (limit.Count, memory.Used));
        Assert.True(limit.TryEnter(0));
    }

    [Fact]
    public void Each_group_leaves_as_much_to_others_as_it_holds()
    {
        MemoryShare memory = new(64 * Overhead);
        RequestLimit one = new(1000, memory);
        RequestLimit two = new(1000, memory);
        Assert.Equal(32, Enumerable.Range(0, 1000).Count(_ => one.TryEnter(0)));
        Assert.Equal(16, Enumerable.Range(0, 1000).Count(_ => two.TryEnter(0)));
        Assert.Equal(48 * Overhead, memory.Used);
        for (int i = 0; i < 32; i++)
            one.Leave(0);
        Assert.Equal(16, Enumerable.Range(0, 1000).Count(_ => two.TryEnter(0)));
    }

    [Fact]
    public void It_narrows_while_requests_wait_for_too_long_never_shuts_and_widens_again()
    {
        RequestLimit limit = new(6400, new MemoryShare(1 << 30));
        for (int tick = 0; tick < 100; tick++)
            limit.Adapt(isBehind: true);
        Assert.Equal(100, Enumerable.Range(0, 6400).Count(_ => limit.TryEnter(1)));
        for (int tick = 0; tick < 100; tick++)
            limit.Adapt(isBehind: false);
        Assert.Equal(6300, Enumerable.Range(0, 6400).Count(_ => limit.TryEnter(1)));
        RequestLimit small = new(1, new MemoryShare(2000));
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
