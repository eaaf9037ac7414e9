using RaftKv.Node.Tests.Support;
using RaftKv.Node.Workers;
using RaftKv.Raft;

namespace RaftKv.Node.Tests.Runtime;

/// <summary>Source: <see cref="PeerReads"/>.</summary>
public sealed class PeerReadsTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public async Task What_is_asked_again_while_it_is_kept_back_is_read_and_paid_for_once()
    {
        CatchUpPace pace = new(1000, _time);
        PeerReads reads = new(pace);
        Assert.True(reads.TryBegin(new LogIndex(5)));
        Task keptBack = reads.EndAsync(new LogIndex(5), 2000).AsTask();
        for (int heartbeats = 0; heartbeats < 10; heartbeats++)
            Assert.False(reads.TryBegin(new LogIndex(5)));
        Assert.True(reads.TryBegin(new LogIndex(9)));
        Assert.False(keptBack.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(2));
        await keptBack;
        Assert.True(reads.TryBegin(new LogIndex(5)));
        Assert.Equal(TimeSpan.FromSeconds(1), pace.Pay(1000));
    }
}
