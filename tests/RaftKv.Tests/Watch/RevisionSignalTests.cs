using RaftKv.Watch;

namespace RaftKv.Tests.Watch;

/// <summary>Waiting for the store to reach a revision.</summary>
public sealed class RevisionSignalTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void A_revision_that_was_reached_is_not_waited_for()
    {
        RevisionSignal signal = new();
        signal.Publish(5);

        Assert.True(signal.ReachAsync(5, Cancel).IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Waiters_go_on_when_their_revision_is_reached_and_not_before()
    {
        RevisionSignal signal = new();
        Task<Exception?> seven = signal.ReachAsync(7, Cancel);
        Task<Exception?> six = signal.ReachAsync(6, Cancel);

        signal.Publish(6);
        Assert.Null(await six);
        Assert.False(seven.IsCompleted);

        signal.Publish(9);
        Assert.Null(await seven);
    }

    [Fact]
    public async Task Closing_ends_waiting_with_the_reason_now_and_later()
    {
        RevisionSignal signal = new();
        Task<Exception?> waiting = signal.ReachAsync(7, Cancel);
        ObjectDisposedException reason = new("the store");

        signal.Close(reason);

        Assert.Same(reason, await waiting);
        Assert.Same(reason, await signal.ReachAsync(1, Cancel));
    }

    [Fact]
    public async Task A_cancelled_waiter_leaves_the_others_waiting()
    {
        RevisionSignal signal = new();
        using CancellationTokenSource cancellation = new();
        Task cancelled = signal.ReachAsync(7, cancellation.Token);
        Task waiting = signal.ReachAsync(7, Cancel);

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        signal.Publish(7);
        await waiting;
    }
}
