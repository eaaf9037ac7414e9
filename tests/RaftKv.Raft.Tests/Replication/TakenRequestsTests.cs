using RaftKv.Raft.Replication;

namespace RaftKv.Raft.Tests.Replication;

/// <summary>Source: <see cref="TakenRequests"/>: a forwarded proposal is taken once, whatever arrives again.</summary>
public sealed class TakenRequestsTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(long.MaxValue - 1)]
    [InlineData(long.MaxValue)]
    public void Any_number_is_taken_once(long requestId)
    {
        RequestWindow window = new();
        Assert.True(window.TryTake(requestId));
        Assert.False(window.TryTake(requestId));
    }

    [Fact]
    public void The_largest_numbers_are_taken_one_after_the_other()
    {
        RequestWindow window = new();
        for (long requestId = long.MaxValue - 3; requestId > 0; requestId++)
            Assert.True(window.TryTake(requestId));
        Assert.False(window.TryTake(long.MaxValue - 3));
    }

    [Fact]
    public void A_run_that_goes_on_is_remembered_however_many_others_have_come_and_gone()
    {
        TakenRequests taken = new();
        Assert.True(taken.TryTake(new NodeId(2), session: 0, requestId: 0));
        for (int session = 1; session <= 200; session++)
        {
            Assert.True(taken.TryTake(new NodeId(3), session, requestId: 0));
            Assert.True(taken.TryTake(new NodeId(2), session: 0, requestId: session));
        }
        Assert.False(taken.TryTake(new NodeId(2), session: 0, requestId: 0));
    }
}
