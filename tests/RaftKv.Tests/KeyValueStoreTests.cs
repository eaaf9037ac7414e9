using RaftKv.Testing.Disk;
using RaftKv.Raft;
using RaftKv.Tests.Support;
using RaftKv.Transactions;
using RaftKv.Watch;

namespace RaftKv.Tests;

/// <summary>The façade of one member with nothing but a directory.</summary>
public sealed class KeyValueStoreTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    // The ten lines of README.md that embed a node, with patience for machines that are busy.
    [Fact]
    public async Task A_few_lines_embed_a_store_in_a_directory()
    {
        using TemporaryFolder folder = new();
        string directory = folder.Path;

        await using KeyValueStore store = await KeyValueStore.OpenAsync(new KeyValueStoreOptions
        {
            DataDirectory = directory,
            RequestTimeout = OneMember.RequestTime,
        });

        PutResult put = await store.PutAsync("greeting", "hello");
        KeyValue? pair = await store.GetAsync("greeting");
        TransactionResult swap = await store.TransactAsync(Transaction
            .When(Compare.ModRevision("greeting").Equal(put.Revision))
            .Then(Operation.Put("greeting", "hello again"))
            .Else(Operation.Get("greeting")));
        await foreach (WatchBatch batch in store.WatchAsync(KeyRange.Prefix("greet"), new WatchOptions { FromRevision = put.Revision }))
        {
            if (batch.Revision == swap.Revision)
                break;
        }

        Assert.Equal("hello", pair?.ValueText);
        Assert.True(swap.Succeeded);
    }

    [Fact]
    public async Task What_was_put_is_read_back_with_its_numbers()
    {
        await using OneMember member = await OneMember.OpenAsync();

        PutResult first = await member.Store.PutAsync("k", "1", cancellationToken: Cancel);
        PutResult second = await member.Store.PutAsync("k", "2", new PutOptions { ReturnPrevious = true }, Cancel);
        KeyValue? pair = await member.Store.GetAsync("k", cancellationToken: Cancel);

        Assert.Equal((2, 3), (first.Revision, second.Revision));
        Assert.Null(first.Previous);
        Assert.Equal("k=31(c2 m2 v1)", Text.Of(second.Previous));
        Assert.Equal("k=32(c2 m3 v2)", Text.Of(pair));
        Assert.Null(await member.Store.GetAsync("other", cancellationToken: Cancel));
    }

    [Fact]
    public async Task A_deletion_counts_returns_and_ends_an_incarnation()
    {
        await using OneMember member = await OneMember.OpenAsync();
        await member.PutAsync("a", "ab", "b");

        DeleteResult nothing = await member.Store.DeleteAsync("zz", cancellationToken: Cancel);
        DeleteResult both = await member.Store.DeleteAsync(KeyRange.Prefix("a"), new DeleteOptions { ReturnPrevious = true }, Cancel);
        await member.Store.PutAsync("a", "again", cancellationToken: Cancel);

        Assert.Equal((0, 4), (nothing.Deleted, nothing.Revision));
        Assert.Equal((2, 5), (both.Deleted, both.Revision));
        Assert.Equal(["a", "ab"], both.Previous.Select(pair => pair.KeyText));
        Assert.Equal((6, 1), ((await member.Store.GetAsync("a", cancellationToken: Cancel))!.CreateRevision,
            (await member.Store.GetAsync("a", cancellationToken: Cancel))!.Version));
    }

    [Fact]
    public async Task A_range_is_limited_counted_and_read_at_old_revisions()
    {
        await using OneMember member = await OneMember.OpenAsync();
        await member.PutAsync("a", "b", "c", "d");
        await member.Store.DeleteAsync("b", cancellationToken: Cancel);

        RangeResult two = await member.Store.RangeAsync(KeyRange.All, new RangeOptions { Limit = 2, KeysOnly = true }, Cancel);
        RangeResult before = await member.Store.RangeAsync(KeyRange.Between("b", "d"), new RangeOptions { Revision = 5 }, Cancel);

        Assert.Equal(["a", "c"], two.Items.Select(pair => pair.KeyText));
        Assert.True(two.More);
        Assert.Equal((3, 6), (two.Count, two.Revision));
        Assert.All(two.Items, pair => Assert.True(pair.Value.IsEmpty));
        Assert.Equal(["b", "c"], before.Items.Select(pair => pair.KeyText));
        Assert.Equal(3, await member.Store.CountAsync(KeyRange.All, cancellationToken: Cancel));
        Assert.Equal(4, await member.Store.CountAsync(KeyRange.All, new ReadOptions { Revision = 5, Serializable = true }, Cancel));
    }

    [Theory]
    [InlineData(new byte[] { 0 }, new byte[] { })]
    [InlineData(new byte[] { 0 }, new byte[] { 0 })]
    [InlineData(new byte[] { 0, 0 }, new byte[] { 0 })]
    [InlineData(new byte[] { 1 }, new byte[] { })]
    [InlineData(new byte[] { 1 }, new byte[] { 1 })]
    [InlineData(new byte[] { 0x61 }, new byte[] { 0 })]
    public async Task A_range_that_ends_at_or_before_its_start_holds_nothing_wherever_it_starts(byte[] start, byte[] end)
    {
        await using OneMember member = await OneMember.OpenAsync();
        await member.PutAsync("\0", "\0\0", "\u0001", "a", "b");
        KeyRange nothing = KeyRange.Between(start, end);

        RangeResult range = await member.Store.RangeAsync(nothing, cancellationToken: Cancel);
        long count = await member.Store.CountAsync(nothing, cancellationToken: Cancel);
        TransactionResult holds = await member.Store.TransactAsync(Transaction.When(Compare.Version(nothing).Equal(0)), Cancel);
        DeleteResult deleted = await member.Store.DeleteAsync(nothing, cancellationToken: Cancel);
        IAsyncEnumerator<WatchBatch> changes = member.Store.WatchAsync(nothing, new WatchOptions { FromRevision = 2 }).GetAsyncEnumerator();
        ValueTask<bool> change = changes.MoveNextAsync();
        await member.Store.DisposeAsync();

        Assert.Empty(range.Items);
        Assert.Equal((0, 0), (range.Count, count));
        Assert.True(holds.Succeeded);
        Assert.Equal((0, 6), (deleted.Deleted, deleted.Revision));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await change);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public async Task Pages_show_one_revision_however_much_is_written_between_them(long newest)
    {
        await using OneMember member = await OneMember.OpenAsync();
        await member.PutAsync([.. Enumerable.Range(0, 25).Select(i => $"k{i:d2}")]);

        List<string> seen = [];
        RangeOptions paged = new() { PageSize = 10, Limit = 23, Revision = newest };
        await foreach (KeyValue pair in member.Store.EnumerateAsync(KeyRange.Prefix("k"), paged, Cancel))
        {
            if (seen.Count == 5)
                await member.Store.DeleteAsync(KeyRange.All, cancellationToken: Cancel);
            seen.Add(pair.KeyText);
        }

        Assert.Equal(Enumerable.Range(0, 23).Select(i => $"k{i:d2}"), seen);
    }

    [Fact]
    public async Task A_transaction_takes_the_branch_its_conditions_choose()
    {
        await using OneMember member = await OneMember.OpenAsync();
        Transaction create = Transaction.When(Compare.Version("k").Equal(0)).Then(Operation.Put("k", "1")).Else(Operation.Get("k"));

        TransactionResult first = await member.Store.TransactAsync(create, Cancel);
        TransactionResult second = await member.Store.TransactAsync(create, Cancel);
        TransactionResult read = await member.Store.TransactAsync(
            Transaction.When(Compare.Value("k").Equal("1")).Then(Operation.Get("k")), Cancel);

        Assert.Equal((true, 2), (first.Succeeded, first.Revision));
        Assert.Equal((false, 2), (second.Succeeded, second.Revision));
        Assert.Equal("k=31(c2 m2 v1)", Text.Of(Assert.IsType<RangeResult>(Assert.Single(second.Results)).Items[0]));
        Assert.True(read.Succeeded);
        Assert.Equal("k", Assert.IsType<RangeResult>(Assert.Single(read.Results)).Items[0].KeyText);
    }

    [Fact]
    public async Task Revisions_that_are_not_there_are_told_apart()
    {
        await using OneMember member = await OneMember.OpenAsync();
        await member.PutAsync("a", "b", "c");
        await member.Store.CompactAsync(3, Cancel);

        CompactedException compacted = await Assert.ThrowsAsync<CompactedException>(async () =>
            await member.Store.GetAsync("a", new ReadOptions { Revision = 2 }, Cancel));
        FutureRevisionException future = await Assert.ThrowsAsync<FutureRevisionException>(async () =>
            await member.Store.GetAsync("a", new ReadOptions { Revision = 5 }, Cancel));

        Assert.Equal((2, 3), (compacted.RequestedRevision, compacted.CompactedRevision));
        Assert.Equal((5, 4), (future.RequestedRevision, future.CurrentRevision));
        Assert.NotNull(await member.Store.GetAsync("a", new ReadOptions { Revision = 3 }, Cancel));
        await Assert.ThrowsAsync<CompactedException>(async () => await member.Store.CompactAsync(3, Cancel));
        await Assert.ThrowsAsync<FutureRevisionException>(async () => await member.Store.CompactAsync(5, Cancel));
        await Assert.ThrowsAsync<CompactedException>(async () => await member.Store.TransactAsync(
            Transaction.Always(Operation.Put("x", "y"), Operation.Range(KeyRange.All, new RangeOptions { Revision = 1 })), Cancel));
        Assert.Null(await member.Store.GetAsync("x", cancellationToken: Cancel));
    }

    [Fact]
    public async Task A_request_that_can_never_succeed_is_refused_and_changes_nothing()
    {
        await using OneMember member = await OneMember.OpenAsync();

        Assert.Equal(RequestError.KeyEmpty, await RefusalAsync(member.Store.PutAsync("", "v", cancellationToken: Cancel)));
        Assert.Equal(RequestError.KeyTooLong, await RefusalAsync(member.Store.PutAsync(new byte[(32 * 1024) + 1], default)));
        Assert.Equal(RequestError.RequestTooLarge, await RefusalAsync(member.Store.PutAsync("k"u8.ToArray(), new byte[3 * 512 * 1024])));
        Assert.Equal(1, member.Store.Status.Revision);
        Assert.Equal(2, (await member.Store.PutAsync("k", "v", cancellationToken: Cancel)).Revision);
    }

    [Fact]
    public async Task A_restart_keeps_everything() => await Rounds.RunAsync(3, async random =>
    {
        SimulatedDisk disk = new(random.Fork("disk"));
        List<string> acknowledged = [];
        for (int run = 0; run < 4; run++)
        {
            await using KeyValueStore store = await KeyValueStore.OpenAsync(new KeyValueStoreOptions
            {
                Storage = disk.Root,
                CheckpointBytes = 64 * 1024,
                RequestTimeout = OneMember.RequestTime,
            });
            foreach (string key in acknowledged)
                Assert.Equal(key, (await store.GetAsync(key, cancellationToken: Cancel))?.ValueText);
            for (int i = 0; i < 200; i++)
            {
                string key = $"run {run} key {i}";
                await store.PutAsync(key, key, cancellationToken: Cancel);
                acknowledged.Add(key);
            }
            Assert.Equal(1 + acknowledged.Count, store.Status.Revision);
        }
    });

    [Fact]
    public async Task A_closed_store_refuses_everything()
    {
        OneMember member = await OneMember.OpenAsync();
        await member.DisposeAsync();

        RaftKvException write = await Assert.ThrowsAsync<RaftKvException>(async () => await member.Store.PutAsync("a", "b"));
        Assert.Equal((WriteOutcome.NotApplied, RaftKvError.Stopped), (write.Outcome, write.Error));
        await Assert.ThrowsAsync<RaftKvException>(async () => await member.Store.GetAsync("a", cancellationToken: Cancel));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () =>
            await member.Store.GetAsync("a", new ReadOptions { Serializable = true }, Cancel));
        await member.Store.Completion;
    }

    [Fact]
    public async Task Every_mistake_in_the_options_is_one_sentence()
    {
        RaftKvException refusal = await Assert.ThrowsAsync<RaftKvException>(() => KeyValueStore.OpenAsync(
            new KeyValueStoreOptions { KeyBytesMax = 0, TransactionOperationsMax = 1000 }));

        Assert.Equal(RaftKvError.InvalidOptions, refusal.Error);
        Assert.Contains("KeyBytesMax is 0, but must be between 1 and 32768.", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("TransactionOperationsMax is 1000, but must be between 1 and 250.", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_directory_of_another_member_is_refused()
    {
        SimulatedDisk disk = new(new SplittableRandom(1));
        await (await KeyValueStore.OpenAsync(new KeyValueStoreOptions { Storage = disk.Root })).DisposeAsync();

        RaftKvException refusal = await Assert.ThrowsAsync<RaftKvException>(() =>
            KeyValueStore.OpenAsync(new KeyValueStoreOptions { Storage = disk.Root, NodeId = new NodeId(2) }));

        Assert.Equal(RaftKvError.WrongDirectory, refusal.Error);
    }

    private static async Task<RequestError> RefusalAsync(ValueTask<PutResult> put) =>
        (await Assert.ThrowsAsync<InvalidRequestException>(async () => await put)).Error;
}
