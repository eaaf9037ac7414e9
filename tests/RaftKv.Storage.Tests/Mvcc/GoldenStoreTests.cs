using System.IO.Compression;
using System.Runtime.CompilerServices;
using RaftKv.Raft;
using RaftKv.Storage.Mvcc;
using RaftKv.Testing.Disk;

namespace RaftKv.Storage.Tests.Mvcc;

/// <summary>A file of each format version, written by the library of its time, is opened by every later one.</summary>
/// <remarks>RAFTKV_REWRITE=1 writes the golden file of the present format anew; the diff is a change of the format.</remarks>
public class GoldenStoreTests
{
    private const int Keys = 60;
    private const int PresentVersion = 2;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_store_of_each_format_is_read_as_it_was_written_and_goes_on(int version)
    {
        string golden = Path.Combine(Path.GetDirectoryName(ThisFile())!, $"GoldenStore{version}.txt");
        if (version == PresentVersion && Environment.GetEnvironmentVariable("RAFTKV_REWRITE") == "1")
            File.WriteAllText(golden, Pack(Make(version)));
        var disk = new SimulatedDisk(new SplittableRandom(1));
        disk.WriteFile("store.db", Unpack(File.ReadAllText(golden)));
        using MvccStore store = MvccStore.Open(disk.Root, new MvccOptions());
        Assert.Empty(store.Check().Defects);
        Assert.Equal(new StorePosition(3, 2), store.Applied);
        using MvccReadTransaction view = store.BeginRead();
        Assert.Equal(2 + 2 * Keys, view.Revision);
        Assert.Equal(Keys, view.CompactedRevision);
        Assert.Equal([7, 8, 9], view.GetBlob("facts"u8));
        for (int i = 1; i < Keys; i++)
        {
            KeyValue found = view.Get(Key(i, version))!;
            Assert.Equal(Value(i, 1), found.Value.ToArray());
            Assert.Equal(2, found.Version);
            Assert.Equal(i % 2, found.Lease);
        }
        Assert.Null(view.Get(Key(0, version)));
        Assert.Equal(Keys / 2, view.KeysOfLease(1).Count);
        Assert.Equal(RevisionStatus.Ok, view.TryHash(0, out uint hash));
        Assert.Equal(HashOf(Make(version)), hash);
        GoOn(store);
    }

    private static void GoOn(MvccStore store)
    {
        using (MvccWriteTransaction batch = store.BeginWrite())
        {
            batch.DeleteRange(Key(0, 1), new byte[1]);
            batch.Put(Key(40, 2), Value(30, 0));
            batch.Compact(batch.Revision);
            batch.Commit(store.Applied);
        }
        while (store.CompactStep())
        {
        }
        store.Checkpoint();
        Assert.Empty(store.Check().Defects);
        using MvccReadTransaction view = store.BeginRead();
        Assert.Equal(Value(30, 0), view.Get(Key(40, 2))!.Value.ToArray());
    }

    private static byte[] Make(int version)
    {
        var disk = new SimulatedDisk(new SplittableRandom(1));
        using MvccStore store = MvccStore.Open(disk.Root, new MvccOptions { PageSizeBytes = 1024 });
        for (int round = 0; round < 2; round++)
        {
            using MvccWriteTransaction batch = store.BeginWrite();
            for (int i = 0; i < Keys; i++)
            {
                batch.BeginCommand();
                batch.Put(Key(i, version), Value(i, round), i % 2 * round);
            }
            batch.BeginCommand();
            if (round == 1)
                batch.DeleteRange(Key(0, version));
            if (round == 1)
                batch.Compact(Keys);
            batch.PutBlob("facts"u8, [7, 8, 9]);
            batch.Commit(new StorePosition(3, round + 1));
            store.Checkpoint();
        }
        return disk.ReadFile("store.db");
    }

    private static uint HashOf(byte[] file)
    {
        var disk = new SimulatedDisk(new SplittableRandom(1));
        disk.WriteFile("store.db", file);
        using MvccStore store = MvccStore.Open(disk.Root, new MvccOptions());
        using MvccReadTransaction view = store.BeginRead();
        view.TryHash(0, out uint hash);
        return hash;
    }

    // Long keys came with version 2.
    private static byte[] Key(int i, int version)
    {
        byte[] key = [(byte)'k', (byte)i, 0, (byte)(i * 3)];
        return version < 2 || i / 4 != 10 ? key : [(byte)'k', .. new byte[2000], .. key];
    }

    private static byte[] Value(int i, int round)
    {
        var value = new byte[i == 30 ? 2500 : 10 + i];
        value.AsSpan().Fill((byte)(i + round));
        return value;
    }

    private static string Pack(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var stream = new BrotliStream(packed, CompressionLevel.SmallestSize))
            stream.Write(bytes);
        return Convert.ToBase64String(packed.ToArray(), Base64FormattingOptions.InsertLineBreaks) + "\n";
    }

    private static byte[] Unpack(string text)
    {
        using var stream = new BrotliStream(new MemoryStream(Convert.FromBase64String(text)), CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
