using System.Security.Cryptography;
using RaftKv.Raft;
using RaftKv.Storage.Mvcc;
using RaftKv.Testing.Disk;

namespace RaftKv.Storage.Tests.Mvcc;

/// <summary>The digests by which members compare their stores, slice by slice.</summary>
public class SliceHashTests
{
    [Fact]
    public void Equal_histories_have_equal_slices_whatever_the_pages_are_and_however_far_compaction_got()
    {
        for (ulong seed = 1; seed <= 10; seed++)
        {
            List<string>? first = null;
            for (int variant = 0; variant < 3; variant++)
            {
                using MvccStore store = Filled(seed, 1024 << variant, (held, _) =>
                {
                    if (variant == 1)
                        held.CompactStep(3);
                });
                while (variant == 2 && store.CompactStep(5))
                {
                }
                List<string> walk = Walk(store, 700);
                Assert.True(walk.Count > 3);
                Assert.Equal(first ??= walk, walk);
            }
        }
    }

    [Fact]
    public void A_value_that_differs_shows_in_its_slice_of_the_keys_and_one_of_the_past_in_that_of_the_history()
    {
        using MvccStore sound = Written("value", "newer");
        using MvccStore otherPast = Written("valuf", "newer");
        using MvccStore otherPresent = Written("value", "newes");
        Assert.Single(Differing(sound, otherPast), place => place.StartsWith("02", StringComparison.Ordinal));
        Assert.Single(Differing(sound, otherPresent), place => !place.StartsWith("02", StringComparison.Ordinal));
        using MvccStore same = Written("value", "newer");
        Assert.Empty(Differing(sound, same));
    }

    [Fact]
    public void A_place_that_is_gone_or_means_nothing_is_a_place_all_the_same()
    {
        using MvccStore one = Filled(3, 1024, (_, _) => { });
        using MvccStore other = Filled(3, 4096, (_, _) => { });
        foreach (byte[] place in (byte[][])[[1], [1, 255, 255], [2], [3, 4, 5], [2, .. new byte[12]], [2, .. Enumerable.Repeat((byte)0x7F, 12)]])
        {
            using MvccReadTransaction view = one.BeginRead();
            using MvccReadTransaction otherView = other.BeginRead();
            Assert.Equal(view.HashSlice(place, 500, out byte[] next), otherView.HashSlice(place, 500, out byte[] otherNext));
            Assert.Equal(next, otherNext);
        }
    }

    // Builds that differ compare digests: what is hashed is a format like that of a file.
    [Theory]
    [InlineData(5)]
    [InlineData(10_000)]
    public void What_is_hashed_is_fixed(int valueBytes)
    {
        byte[] value = [.. Enumerable.Range(0, valueBytes).Select(i => (byte)i)];
        using MvccStore store = MvccStore.Open(new SimulatedDisk(new SplittableRandom(1)).Root, new MvccOptions());
        using (MvccWriteTransaction batch = store.BeginWrite())
        {
            batch.BeginCommand();
            batch.Put("key"u8, value, 7);
            batch.Commit(new StorePosition(1, 1));
        }
        using MemoryStream hashed = new();
        using BinaryWriter writer = new(hashed);
        const long Revision = 2;
        WriteNumbers(writer, Revision, 0, 0);               // revision, compacted revision, where it begins
        WriteNumbers(writer, 3);
        writer.Write("key"u8);
        WriteNumbers(writer, Revision, 0, Revision, 1, 7);  // modified at, order, created at, version, lease
        WriteNumbers(writer, valueBytes);
        writer.Write(value);
        WriteNumbers(writer, Revision, 0, (long)ChangeKind.Put, 3);
        writer.Write("key"u8);
        WriteNumbers(writer, 0);                            // where the next one begins: this was the last
        using MvccReadTransaction view = store.BeginRead();
        Assert.Equal(SHA256.HashData(hashed.ToArray()), view.HashSlice([], 1 << 20, out byte[] next));
        Assert.Empty(next);
    }

    [Fact]
    public void A_slice_of_no_bytes_has_one_entry()
    {
        using MvccStore store = Written("past", "present");
        using MvccReadTransaction view = store.BeginRead();
        view.HashSlice([], 0, out byte[] next);
        Assert.Equal([1, .. "key001"u8], next);
        Assert.Equal(Walk(store, 1), Walk(store, 0));
    }

    private static void WriteNumbers(BinaryWriter writer, params long[] numbers)
    {
        foreach (long number in numbers)
            writer.Write(number);
    }

    private static MvccStore Filled(ulong seed, int pageSizeBytes, Action<MvccStore, int> afterBatch)
    {
        var scenario = new MvccScenario(new SplittableRandom(seed), 40, 200);
        MvccStore store = MvccStore.Open(new SimulatedDisk(new SplittableRandom(1)).Root, new MvccOptions { PageSizeBytes = pageSizeBytes });
        for (int i = 0; i < 60; i++)
        {
            scenario.Batch(store);
            afterBatch(store, i);
        }
        return store;
    }

    // A hundred keys, one of which had another value before.
    private static MvccStore Written(string past, string present)
    {
        MvccStore store = MvccStore.Open(new SimulatedDisk(new SplittableRandom(1)).Root, new MvccOptions { PageSizeBytes = 1024 });
        for (int i = 0; i < 100; i++)
            Put(store, i, $"key{i:D3}", i == 50 ? past : "some value");
        Put(store, 100, "key050", present);
        return store;
    }

    private static void Put(MvccStore store, int index, string key, string value)
    {
        using MvccWriteTransaction batch = store.BeginWrite();
        batch.BeginCommand();
        batch.Put(System.Text.Encoding.ASCII.GetBytes(key), System.Text.Encoding.ASCII.GetBytes(value), 0);
        batch.Commit(new StorePosition(1, index + 1));
    }

    private static List<string> Differing(MvccStore one, MvccStore other) =>
        [.. Walk(one, 400).Except(Walk(other, 400)).Select(slice => slice.Split(' ')[0])];

    // Each slice's place and digest, to the end.
    private static List<string> Walk(MvccStore store, long bytesMax)
    {
        List<string> walk = [];
        using MvccReadTransaction view = store.BeginRead();
        byte[] place = [];
        do
        {
            byte[] digest = view.HashSlice(place, bytesMax, out byte[] next);
            walk.Add($"{Convert.ToHexString(place)} {Convert.ToHexString(digest)}");
            place = next;
        }
        while (place.Length > 0);
        return walk;
    }
}
