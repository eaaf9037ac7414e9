using System.Net;
using System.Net.Sockets;
using RaftKv.Raft;
using RaftKv.Tests.Support;
using RaftKv.Watch;

namespace RaftKv.Tests;

/// <summary>Three members in one process, over real sockets and real files.</summary>
public sealed class ThreeMembersTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_member_takes_writes_and_reads_what_another_was_told()
    {
        await using Trio trio = await Trio.OpenAsync();

        for (int i = 0; i < 30; i++)
        {
            PutResult put = await trio.Stores[i % 3].PutAsync("k", $"{i}", cancellationToken: Cancel);
            KeyValue? read = await trio.Stores[(i + 1) % 3].GetAsync("k", cancellationToken: Cancel);
            Assert.Equal(($"{i}", put.Revision), (read!.ValueText, read.ModRevision));
        }
    }

    [Fact]
    public async Task A_watch_on_another_member_sees_every_revision_while_the_leader_goes_away()
    {
        const int Puts = 300;
        await using Trio trio = await Trio.OpenAsync();
        NodeId leader = await trio.Stores[0].WaitForLeaderAsync(Cancel);
        int follower = (int)leader.Value % 3;                      // the place of the member after the leader
        Task<List<long>> watching = RevisionsAsync(trio.Stores[follower], Puts);

        for (int i = 0; i < Puts; i++)
        {
            if (i == Puts / 2)
                await trio.Stores[(int)leader.Value - 1].DisposeAsync();
            await PutUntilAppliedAsync(trio.Stores[follower], $"k{i}");
        }

        Assert.Equal(Enumerable.Range(2, Puts).Select(revision => (long)revision), await watching);
    }

    [Fact]
    public async Task A_member_further_behind_than_the_log_gets_a_copy_of_the_store_and_its_watches_go_on()
    {
        const int Puts = 10_000;
        string value = new('v', 200);
        await using Trio trio = await Trio.OpenAsync(logBytesKeptMax: 0);
        NodeId leader = await trio.Stores[0].WaitForLeaderAsync(Cancel);
        KeyValueStore writer = trio.Stores[(int)leader.Value - 1];
        int behind = (int)leader.Value % 3;
        await writer.PutAsync("first", "1", cancellationToken: Cancel);
        await trio.Stores[behind].DisposeAsync();
        for (int i = 0; i < Puts; i += 500)
            await Task.WhenAll(Enumerable.Range(i, 500).Select(n => writer.PutAsync($"k{n}", value, cancellationToken: Cancel).AsTask()));

        await trio.ReopenAsync(behind);
        Task<List<long>> watching = RevisionsAsync(trio.Stores[behind], Puts + 1);
        KeyValue? read = await trio.Stores[behind].GetAsync($"k{Puts - 1}", cancellationToken: Cancel);

        Assert.Equal(value, read!.ValueText);
        Assert.Equal(Enumerable.Range(2, Puts + 1).Select(revision => (long)revision), await watching);
        Assert.Contains(trio.Log.Lines, line => line.Contains("took the state of another member", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Leadership_moves_on_request_and_writes_go_on_through_every_member()
    {
        await using Trio trio = await Trio.OpenAsync();
        NodeId leader = await trio.Stores[0].WaitForLeaderAsync(Cancel);
        NodeId target = new(leader.Value % 3 + 1);

        NodeId now = await trio.Stores[(int)leader.Value - 1].TransferLeadershipAsync(target, Cancel);

        Assert.Equal(target, now);
        foreach (KeyValueStore store in trio.Stores)
            await PutUntilAppliedAsync(store, "after");
        Assert.Equal(4, (await trio.Stores[0].GetAsync("after", cancellationToken: Cancel))!.ModRevision);
    }

    [Fact]
    public async Task A_member_that_was_away_catches_up_and_has_the_same_hash()
    {
        await using Trio trio = await Trio.OpenAsync();
        await trio.Stores[0].PutAsync("before", "1", cancellationToken: Cancel);
        await trio.Stores[2].DisposeAsync();
        PutResult last = await PutUntilAppliedAsync(trio.Stores[0], "while away");

        await trio.ReopenAsync(2);
        KeyValue? read = await trio.Stores[2].GetAsync("while away", cancellationToken: Cancel);

        Assert.Equal(last.Revision, read!.ModRevision);
        Assert.Equal(trio.Stores[0].Hash(last.Revision), trio.Stores[2].Hash(last.Revision));
    }

    // A fail-over may leave a write unknown; the compare of a key that nobody else writes tells whether it happened.
    private static async Task<PutResult> PutUntilAppliedAsync(KeyValueStore store, string key)
    {
        while (true)
        {
            try
            {
                return await store.PutAsync(key, key, cancellationToken: Cancel);
            }
            catch (RaftKvException failure) when (failure.Outcome == WriteOutcome.NotApplied)
            {
                Cancel.ThrowIfCancellationRequested();
            }
            catch (RaftKvException)
            {
                if (await store.GetAsync(key, cancellationToken: Cancel) is { } written)
                    return new PutResult { Revision = written.ModRevision };
            }
        }
    }

    private static async Task<List<long>> RevisionsAsync(KeyValueStore store, int count)
    {
        List<long> revisions = [];
        await foreach (WatchBatch batch in store.WatchAsync(KeyRange.All, new WatchOptions { FromRevision = 2 }, Cancel))
        {
            revisions.AddRange(batch.Events.Select(change => change.Revision));
            if (revisions.Count >= count)
                break;
        }
        return revisions;
    }
}
