using RaftKv.Tests.Support;
using RaftKv.Transactions;
using RaftKv.Watch;

namespace RaftKv.Tests.Watch;

/// <summary>Watching: every revision once and in order, from any revision, whole or not at all.</summary>
public sealed class WatchTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_watch_from_a_past_revision_replays_and_then_follows()
    {
        await using OneMember member = await OneMember.OpenAsync();
        await member.PutAsync("a", "b", "c");

        Task<List<string>> watching = CollectAsync(member.Store, KeyRange.All, new WatchOptions { FromRevision = 3 }, events: 4);
        await member.PutAsync("d", "e");

        Assert.Equal(["3 Put b", "4 Put c", "5 Put d", "6 Put e"], await watching);
    }

    [Fact]
    public async Task A_watch_from_a_future_revision_waits_for_it()
    {
        await using OneMember member = await OneMember.OpenAsync();

        Task<List<string>> watching = CollectAsync(member.Store, KeyRange.All, new WatchOptions { FromRevision = 4 }, events: 1);
        await member.PutAsync("a", "b", "c", "d");

        Assert.Equal(["4 Put c"], await watching);
    }

    [Fact]
    public async Task A_watch_misses_nothing_between_being_asked_for_and_being_waited_for()
    {
        await using OneMember member = await OneMember.OpenAsync();
        IAsyncEnumerable<WatchBatch> watch = member.Store.WatchAsync(KeyRange.All);
        await member.PutAsync("a");

        await foreach (WatchBatch batch in watch.WithCancellation(Cancel))
        {
            Assert.Equal(2, batch.Revision);
            break;
        }
    }

    [Fact]
    public async Task The_events_of_one_transaction_come_in_one_batch_in_their_order()
    {
        await using OneMember member = await OneMember.OpenAsync();
        await member.PutAsync("x");
        await member.Store.TransactAsync(
            Transaction.Always(Operation.Put("b", "1"), Operation.Delete("x"), Operation.Put("a", "2")), Cancel);
        WatchOptions tiny = new() { FromRevision = 3, BatchBytesMax = 1024 };

        WatchBatch batch = await member.Store.WatchAsync(KeyRange.All, tiny, Cancel).FirstAsync(Cancel);

        Assert.Equal(["3 Put b", "3 Delete x", "3 Put a"], batch.Events.Select(Line));
        Assert.Equal(3, batch.Revision);
    }

    [Fact]
    public async Task Many_watches_see_every_revision_once_and_in_order_while_many_write() => await Rounds.RunAsync(3, async random =>
    {
        const int Writers = 8;
        const int PutsEach = 100;
        await using OneMember member = await OneMember.OpenAsync();
        WatchOptions[] options = [.. Enumerable.Range(0, 6).Select(_ =>
            new WatchOptions { FromRevision = 2, BatchBytesMax = 1024 << random.Next(6) })];
        Task<List<string>>[] watches = [.. options.Select(each => CollectAsync(member.Store, KeyRange.All, each, Writers * PutsEach))];

        await Task.WhenAll(Enumerable.Range(0, Writers).Select(async writer =>
        {
            for (int i = 0; i < PutsEach; i++)
                await member.Store.PutAsync($"w{writer}", $"{i}", cancellationToken: Cancel);
        }));

        foreach (List<string> seen in await Task.WhenAll(watches))
            Assert.Equal(Enumerable.Range(2, Writers * PutsEach), seen.Select(line => int.Parse(line.Split(' ')[0])));
    });

    [Fact]
    public async Task A_watch_that_stopped_resumes_after_its_last_batch()
    {
        await using OneMember member = await OneMember.OpenAsync();
        await member.PutAsync([.. Enumerable.Range(0, 50).Select(i => $"k{i:d2}")]);
        List<string> seen = [];
        for (long next = 2; seen.Count < 50;)
        {
            WatchOptions resume = new() { FromRevision = next, BatchBytesMax = 1024 };
            WatchBatch batch = await member.Store.WatchAsync(KeyRange.Prefix("k"), resume, Cancel).FirstAsync(Cancel);
            seen.AddRange(batch.Events.Select(Line));
            next = batch.Revision + 1;
        }

        Assert.Equal(Enumerable.Range(0, 50).Select(i => $"{i + 2} Put k{i:d2}"), seen);
    }

    [Fact]
    public async Task A_watch_behind_a_compaction_is_told_so()
    {
        await using OneMember member = await OneMember.OpenAsync();
        await member.PutAsync("a", "b", "c");
        await member.Store.CompactAsync(3, Cancel);

        CompactedException compacted = await Assert.ThrowsAsync<CompactedException>(() =>
            CollectAsync(member.Store, KeyRange.All, new WatchOptions { FromRevision = 2 }, events: 1));

        Assert.Equal((2, 3), (compacted.RequestedRevision, compacted.CompactedRevision));
        Assert.Equal(["3 Put b", "4 Put c"],
            await CollectAsync(member.Store, KeyRange.All, new WatchOptions { FromRevision = 3 }, events: 2));
    }

    [Fact]
    public async Task Ranges_and_filters_leave_out_what_is_not_wanted()
    {
        await using OneMember member = await OneMember.OpenAsync();
        await member.PutAsync("a1", "b1", "a2");
        await member.Store.DeleteAsync("a1", cancellationToken: Cancel);
        await member.Store.DeleteAsync("b1", cancellationToken: Cancel);

        WatchOptions puts = new() { FromRevision = 2, ExcludeDeletes = true };
        WatchOptions deletes = new() { FromRevision = 2, ExcludePuts = true };
        Assert.Equal(["2 Put a1", "4 Put a2"], await CollectAsync(member.Store, KeyRange.Prefix("a"), puts, 2));
        Assert.Equal(["5 Delete a1", "6 Delete b1"], await CollectAsync(member.Store, KeyRange.All, deletes, 2));
    }

    [Fact]
    public async Task Previous_pairs_come_when_asked_for()
    {
        await using OneMember member = await OneMember.OpenAsync();
        await member.PutAsync("a", "a");
        await member.Store.DeleteAsync("a", cancellationToken: Cancel);

        List<string> previous = [];
        WatchOptions options = new() { FromRevision = 2, IncludePrevious = true };
        await foreach (WatchBatch batch in member.Store.WatchAsync(KeyRange.All, options, Cancel))
        {
            previous.AddRange(batch.Events.Select(change => Text.Of(change.Previous)));
            if (previous.Count == 3)
                break;
        }

        Assert.Equal(["none", "a=61(c2 m2 v1)", "a=61(c2 m3 v2)"], previous);
    }

    [Fact]
    public async Task Closing_the_store_and_cancelling_end_a_watch()
    {
        OneMember member = await OneMember.OpenAsync();
        using CancellationTokenSource cancellation = new();
        Task<List<string>> cancelled = CollectAsync(member.Store, KeyRange.All, new WatchOptions(), 1, cancellation.Token);
        Task<List<string>> closed = CollectAsync(member.Store, KeyRange.All, new WatchOptions(), 1);

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        await member.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => closed);
    }

    private static Task<List<string>> CollectAsync(KeyValueStore store, KeyRange range, WatchOptions options, int events) =>
        CollectAsync(store, range, options, events, Cancel);

    // The first events of a watch; its last batch may hold more.
    private static async Task<List<string>> CollectAsync(
        KeyValueStore store, KeyRange range, WatchOptions options, int events, CancellationToken cancellationToken)
    {
        List<string> seen = [];
        await foreach (WatchBatch batch in store.WatchAsync(range, options, cancellationToken))
        {
            seen.AddRange(batch.Events.Select(Line));
            if (seen.Count >= events)
                break;
        }
        return seen[..events];
    }

    private static string Line(WatchEvent change) =>
        $"{change.Revision} {change.Kind} {System.Text.Encoding.UTF8.GetString(change.Key.Span)}";
}
