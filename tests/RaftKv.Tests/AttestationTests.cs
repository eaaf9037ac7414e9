using RaftKv.Raft;
using RaftKv.Tests.Support;

namespace RaftKv.Tests;

/// <summary>Source: docs/architecture.md, attested state: three stores over real sockets, one of which holds what nobody wrote.</summary>
public sealed class AttestationTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory(Timeout = 900_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_store_that_holds_what_nobody_wrote_is_rebuilt_while_the_others_go_on(bool leads)
    {
        await using Trio trio = await Trio.OpenAsync(attestationInterval: TimeSpan.FromMilliseconds(40));
        NodeId leader = await trio.Stores[0].WaitForLeaderAsync(Cancel);
        int odd = (int)(leads ? leader.Value : leader.Value % 3 + 1) - 1;
        int writes = await PutAsync(trio, odd, 0, 200);
        await trio.Stores[odd].DisposeAsync();
        trio.Change(odd, batch => batch.Put("k7"u8, "nobody wrote this"u8));
        await trio.ReopenAsync(odd);
        if (leads)
            await trio.LeadAsync(odd);
        writes = await RebuiltAsync(trio, odd, writes);
        Assert.Contains(trio.Log.Lines, line => line.Contains($"Node {odd + 1}, group 0: its state is not what", StringComparison.Ordinal));
        for (int i = 0; i < writes; i++)
            Assert.Equal($"value {i}", (await ReadAsync(trio.Stores[odd], $"k{i}"))!.ValueText);
        Assert.Equal(trio.Stores[(odd + 1) % 3].Hash(writes), trio.Stores[odd].Hash(writes));
    }

    [Fact(Timeout = 900_000)]
    public async Task Whoever_has_made_no_checkpoint_for_long_makes_one_for_a_member_that_is_rebuilt()
    {
        const int Puts = 6000;
        const int Odd = 2;
        await using Trio trio = await Trio.OpenAsync(logBytesKeptMax: 0, TimeSpan.FromMilliseconds(40));
        foreach (int place in (int[])[0, 1])
        {
            await trio.Stores[place].DisposeAsync();
            trio.WithoutCheckpoints.Add(place);
            await trio.ReopenAsync(place);
        }
        await PutManyAsync(trio, Puts);
        await trio.Stores[Odd].DisposeAsync();
        trio.Change(Odd, batch => batch.Put("k7"u8, "nobody wrote this"u8));
        await trio.ReopenAsync(Odd);
        await RebuiltAsync(trio, Odd, Puts);
        Assert.Equal("value 7", (await ReadAsync(trio.Stores[Odd], "k7"))!.ValueText);
    }

    [Fact(Timeout = 900_000)]
    public async Task A_member_that_meets_damage_in_its_store_while_it_applies_is_rebuilt_at_its_next_start()
    {
        const int Odd = 1;
        await using Trio trio = await Trio.OpenAsync(attestationInterval: TimeSpan.Zero);
        int writes = await PutManyAsync(trio, 8000);
        await trio.Stores[Odd].DisposeAsync();
        trio.Damage(Odd);
        await trio.ReopenAsync(Odd);
        for (int i = 0; !trio.Stores[Odd].Completion.IsCompleted; i = (i + 1) % writes)
            await PutAsync(trio.Stores[0], i);
        RaftKvException fault = await Assert.ThrowsAsync<RaftKvException>(() => trio.Stores[Odd].Completion);
        Assert.Contains("checksum", fault.Message, StringComparison.Ordinal);
        await trio.Stores[Odd].DisposeAsync();

        await trio.ReopenAsync(Odd);

        writes = await RebuiltAsync(trio, Odd, writes);
        Assert.Equal($"value {writes - 1}", (await ReadAsync(trio.Stores[Odd], $"k{writes - 1}"))!.ValueText);
    }

    [Fact(Timeout = 900_000)]
    public async Task A_member_whose_store_cannot_even_be_opened_is_rebuilt_and_keeps_what_is_left_of_the_file()
    {
        const int Odd = 1;
        await using Trio trio = await Trio.OpenAsync(logBytesKeptMax: 0, TimeSpan.Zero);
        int writes = await PutManyAsync(trio, 8000);
        await trio.Stores[Odd].DisposeAsync();
        string file = trio.Cut(Odd);

        await trio.ReopenAsync(Odd);

        writes = await RebuiltAsync(trio, Odd, writes);
        Assert.Equal("value 7", (await ReadAsync(trio.Stores[Odd], "k7"))!.ValueText);
        Assert.Equal(100, new FileInfo(file + ".damaged").Length);
        // The writes went through another member.
        await trio.UntilReachedAsync(writes);
        Assert.Equal(trio.Stores[0].Hash(writes), trio.Stores[Odd].Hash(writes));
    }

    private static async Task<int> RebuiltAsync(Trio trio, int odd, int writes)
    {
        while (!trio.Log.Lines.Any(line => line.Contains("was rebuilt from another member", StringComparison.Ordinal)))
            writes = await PutAsync(trio, odd, writes, 10);
        return writes;
    }

    private static async Task<int> PutManyAsync(Trio trio, int count)
    {
        foreach (int[] numbers in Enumerable.Range(0, count).Chunk(500))
            await Task.WhenAll(numbers.Select(n => PutAsync(trio.Stores[0], n)));
        // So that the one that is stopped next has them too.
        await trio.UntilReachedAsync(count + 1);
        return count;
    }

    private static async Task<int> PutAsync(Trio trio, int odd, int from, int count)
    {
        for (int i = from; i < from + count; i++)
            await PutAsync(trio.Stores[(odd + 1) % 3], i);
        return from + count;
    }

    // Made twice it writes the same.
    private static Task<PutResult> PutAsync(KeyValueStore store, int number) =>
        Patient.AskAsync(() => store.PutAsync($"k{number}", $"value {number}", cancellationToken: Cancel));

    // It goes on in its own time.
    private static Task<KeyValue?> ReadAsync(KeyValueStore store, string key) =>
        Patient.AskAsync(() => store.GetAsync(key, cancellationToken: Cancel), isMended: true);
}
