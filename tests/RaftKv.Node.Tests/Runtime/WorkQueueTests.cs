using RaftKv.Node.Workers;

namespace RaftKv.Node.Tests.Runtime;

/// <summary>Source: <see cref="WorkQueue{T}"/>: work in order, by one thread at a time, of whichever pool.</summary>
public sealed class WorkQueueTests
{
    private readonly WorkerPool _pool = new("work queue test", 2);
    private readonly List<Exception> _failures = [];

    [Fact]
    public async Task Short_and_other_work_is_done_once_in_order_and_by_one_thread_at_a_time()
    {
        const int Producers = 4;
        const int Each = 5000;
        List<(int Producer, int Number)> done = [];
        int working = 0;
        WorkQueue<(int Producer, int Number)> queue = new(_pool, items =>
        {
            Assert.Equal(1, Interlocked.Increment(ref working));
            done.AddRange(items);
            Interlocked.Decrement(ref working);
        }, _failures.Add);
        await Task.WhenAll(Enumerable.Range(0, Producers).Select(producer => Task.Run(() =>
        {
            for (int number = 0; number < Each; number++)
            {
                if (number % 3 == 0)
                    queue.Add((producer, number));
                else
                    queue.AddShort((producer, number));
            }
        })));
        await queue.StopAsync();
        Assert.Empty(_failures);
        for (int producer = 0; producer < Producers; producer++)
            Assert.Equal(Enumerable.Range(0, Each), done.Where(item => item.Producer == producer).Select(item => item.Number));
        await _pool.StopAsync();
    }

    [Fact]
    public async Task Work_that_is_stuck_holds_no_other_work_up_for_long()
    {
        using ManualResetEventSlim gate = new();
        WorkQueue<int>[] stuck =
        [
            .. Enumerable.Range(0, 5).Select(_ => new WorkQueue<int>(_pool, _ => gate.Wait(TestContext.Current.CancellationToken), _failures.Add)),
        ];
        foreach (WorkQueue<int> queue in stuck)
            queue.Add(1);
        TaskCompletionSource done = new();
        WorkQueue<int> other = new(_pool, _ => done.SetResult(), _failures.Add);
        other.Add(1);
        await Support.Until.True(
            () =>
            {
                _pool.Relieve();
                return done.Task.IsCompleted;
            },
            "the other work is done");
        await Support.Until.True(() => stuck.All(queue => queue.Waiting == 0), "each that is stuck has a thread");
        gate.Set();
        await Task.WhenAll(stuck.Select(queue => queue.StopAsync()));
        await _pool.StopAsync();
        Assert.Empty(_failures);
    }

    [Fact]
    public async Task Short_work_is_done_by_the_processs_pool_and_what_comes_meanwhile_by_the_queues_own()
    {
        using ManualResetEventSlim more = new();
        List<bool> byProcess = [];
        WorkQueue<int> queue = new(_pool, items =>
        {
            byProcess.Add(Thread.CurrentThread.IsThreadPoolThread);
            if (items[0] == 1)
                more.Wait(TestContext.Current.CancellationToken);
        }, _failures.Add);
        queue.AddShort(1);
        await Support.Until.True(() => queue.Waiting == 0, "the first is worked on");
        queue.AddShort(2);
        more.Set();
        await queue.StopAsync();
        Assert.Equal([true, false], byProcess);
        Assert.Empty(_failures);
        await _pool.StopAsync();
    }

    [Fact]
    public async Task What_was_only_queued_waits_for_its_beginning_and_then_for_nothing()
    {
        List<int> done = [];
        WorkQueue<int> queue = new(_pool, done.AddRange, _failures.Add);
        Assert.True(queue.Enqueue(1));
        Assert.False(queue.Enqueue(2));
        queue.Add(3);
        queue.AddShort(4);
        Assert.Equal(4, queue.Waiting);
        queue.Begin();
        await queue.StopAsync();
        Assert.Equal([1, 2, 3, 4], done);
        Assert.False(queue.Enqueue(5));
        await _pool.StopAsync();
    }

    [Fact]
    public async Task A_pools_threads_sleep_and_are_woken_again_until_it_stops()
    {
        const int Rounds = 2000;
        using SemaphoreSlim done = new(0);
        WorkQueue<int>[] queues = [.. Enumerable.Range(0, 3).Select(_ => new WorkQueue<int>(_pool, _ => done.Release(), _failures.Add))];
        for (int round = 0; round < Rounds; round++)
        {
            foreach (WorkQueue<int> queue in queues)
                queue.Add(round);
            for (int i = 0; i < queues.Length; i++)
                Assert.True(await done.WaitAsync(Support.Until.Patience, TestContext.Current.CancellationToken));
        }
        await Task.WhenAll(queues.Select(queue => queue.StopAsync()));
        await _pool.StopAsync();
        Assert.Empty(_failures);
    }

    [Fact]
    public async Task No_more_short_work_holds_the_processs_pool_than_the_queues_own_has_threads()
    {
        using ManualResetEventSlim goOn = new();
        CancellationToken token = TestContext.Current.CancellationToken;
        int blocked = 0;
        bool? lastByProcess = null;
        WorkQueue<int>[] stuck = [.. Enumerable.Range(0, 2).Select(_ => new WorkQueue<int>(_pool, _ =>
        {
            Interlocked.Increment(ref blocked);
            goOn.Wait(token);
        }, _failures.Add))];
        WorkQueue<int> last = new(_pool, _ => lastByProcess = Thread.CurrentThread.IsThreadPoolThread, _failures.Add);
        foreach (WorkQueue<int> queue in stuck)
            queue.AddShort(1);
        await Support.Until.True(() => Volatile.Read(ref blocked) == 2, "both are stuck");
        last.AddShort(1);
        await Support.Until.True(() => lastByProcess is not null, "the last is done");
        Assert.False(lastByProcess);
        goOn.Set();
        await Task.WhenAll(stuck.Select(queue => queue.StopAsync()));
        await last.StopAsync();
        await _pool.StopAsync();
        Assert.Empty(_failures);
    }

    [Fact]
    public async Task Work_that_fails_ends_the_queue_for_good()
    {
        int done = 0;
        WorkQueue<int> queue = new(_pool, items =>
        {
            done += items.Count;
            throw new IOException("The disk is gone.");
        }, _failures.Add);
        queue.AddShort(1);
        await queue.Ended;
        queue.AddShort(2);
        queue.Add(3);
        await queue.StopAsync();
        Assert.Equal(1, done);
        Assert.Equal("The disk is gone.", Assert.Single(_failures).Message);
        await _pool.StopAsync();
    }
}
