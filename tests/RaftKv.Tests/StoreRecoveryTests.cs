using System.Net;
using System.Net.Sockets;
using RaftKv.Node;
using RaftKv.Raft;
using RaftKv.Storage.Disk;
using RaftKv.Storage.Mvcc;
using RaftKv.Testing.Disk;
using RaftKv.Tests.Support;
using RaftKv.Watch;

namespace RaftKv.Tests;

/// <summary>Source: <see cref="StoreRecovery"/>.</summary>
public sealed class StoreRecoveryTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_forced_member_has_its_data_under_the_new_name_only()
    {
        using TemporaryFolder folder = new();
        await using (KeyValueStore store = await OpenAsync(folder.Path, "orders"))
            await store.PutAsync("k", "v", cancellationToken: Cancel);

        ForcedCluster forced = StoreRecovery.ForceNewCluster(folder.Path, "orders-2");

        Assert.Equal(("orders", "orders-2", new NodeId(1)), (forced.OldClusterId, forced.NewClusterId, forced.NodeId));
        RaftKvException refused = await Assert.ThrowsAsync<RaftKvException>(() => OpenAsync(folder.Path, "orders"));
        Assert.Equal(RaftKvError.WrongDirectory, refused.Error);
        await using KeyValueStore after = await OpenAsync(folder.Path, "orders-2");
        Assert.Equal("v", (await after.GetAsync("k", cancellationToken: Cancel))!.ValueText);
    }

    [Fact]
    public async Task Members_restored_from_one_backup_agree_and_their_revisions_are_above_all_that_were_seen()
    {
        using TemporaryFolder folder = new();
        using MemoryStream backup = new();
        uint hash;
        BackupResult taken;
        await using (KeyValueStore store = await OpenAsync(Path.Combine(folder.Path, "old"), "orders"))
        {
            for (int i = 0; i < 100; i++)
                await store.PutAsync($"k{i % 10}", $"{i}", cancellationToken: Cancel);
            taken = await store.BackupAsync(backup, cancellationToken: Cancel);
            hash = store.Hash();
            // Seen by clients, and not in the backup.
            await store.PutAsync("later", "lost", cancellationToken: Cancel);
        }
        Assert.Equal((101L, backup.Length), (taken.Revision, taken.Bytes));

        KeyValueStoreOptions[] options = Three(folder.Path);
        foreach (KeyValueStoreOptions member in options)
        {
            backup.Position = 0;
            Assert.Equal(101 + StoreRecovery.RevisionBump, StoreRecovery.Restore(member, backup));
        }
        KeyValueStore[] stores = await Task.WhenAll(options.Select(member => KeyValueStore.OpenAsync(member, Cancel)));
        try
        {
            Assert.Equal("99", (await stores[1].GetAsync("k9", cancellationToken: Cancel))!.ValueText);
            Assert.Null(await stores[2].GetAsync("later", cancellationToken: Cancel));
            PutResult put = await stores[2].PutAsync("later", "again", cancellationToken: Cancel);
            Assert.Equal(102 + StoreRecovery.RevisionBump, put.Revision);
            await Assert.ThrowsAsync<CompactedException>(async () => await FirstAsync(stores[0], from: 103));
            Assert.Equal(put.Revision, (await FirstAsync(stores[0], put.Revision)).Revision);
            foreach (KeyValueStore store in stores)
                await store.GetAsync("later", cancellationToken: Cancel);
            Assert.Single(stores.Select(store => store.Hash(put.Revision)).Distinct());
            Assert.NotEqual(hash, stores[0].Hash());
        }
        finally
        {
            foreach (KeyValueStore store in stores)
                await store.DisposeAsync();
        }
    }

    [Fact]
    public async Task Without_a_bump_history_and_hash_are_those_of_the_backup()
    {
        using TemporaryFolder folder = new();
        using MemoryStream backup = new();
        uint hash;
        await using (KeyValueStore store = await OpenAsync(Path.Combine(folder.Path, "old"), "orders"))
        {
            for (int i = 0; i < 100; i++)
                await store.PutAsync($"k{i % 10}", $"{i}", cancellationToken: Cancel);
            await store.BackupAsync(backup, serializable: true, Cancel);
            hash = store.Hash();
        }
        backup.Position = 0;
        KeyValueStoreOptions options = Alone(Path.Combine(folder.Path, "new"), "orders-2");

        Assert.Equal(101, StoreRecovery.Restore(options, backup, revisionBump: 0));

        await using KeyValueStore restored = await KeyValueStore.OpenAsync(options, Cancel);
        Assert.Equal(hash, restored.Hash(101));
        Assert.Equal(2, (await FirstAsync(restored, from: 2)).Events[0].Revision);
        Assert.Equal(102, (await restored.PutAsync("k", "v", cancellationToken: Cancel)).Revision);
    }

    [Fact]
    public async Task A_damaged_or_incomplete_backup_is_refused_and_a_sound_one_may_follow()
    {
        using TemporaryFolder folder = new();
        byte[] sound = await BackupAsync(folder);
        KeyValueStoreOptions options = Alone(Path.Combine(folder.Path, "new"), "orders-2");
        byte[] damaged = [.. sound];
        damaged[sound.Length / 2] ^= 1;
        foreach (byte[] bytes in (byte[][])[damaged, sound[..(sound.Length / 2)], []])
        {
            using MemoryStream stream = new(bytes);
            RaftKvException refused = Assert.Throws<RaftKvException>(() => StoreRecovery.Restore(options, stream));
            Assert.Equal(RaftKvError.Storage, refused.Error);
        }
        using MemoryStream backup = new(sound);
        StoreRecovery.Restore(options, backup);
        await using KeyValueStore store = await KeyValueStore.OpenAsync(options, Cancel);
        Assert.Equal(10, await store.CountAsync(KeyRange.All, cancellationToken: Cancel));
    }

    [Fact]
    public async Task A_directory_that_is_not_empty_is_left_alone()
    {
        using TemporaryFolder folder = new();
        byte[] sound = await BackupAsync(folder);
        foreach (string name in (string[])["old", "other"])
        {
            string path = Path.Combine(folder.Path, name);
            Directory.CreateDirectory(path);
            await File.WriteAllTextAsync(Path.Combine(path, "notes"), "mine", Cancel);
            using MemoryStream backup = new(sound);
            KeyValueStoreOptions options = new() { DataDirectory = path, ClusterId = "orders-2" };
            RaftKvException refused = Assert.Throws<RaftKvException>(() => StoreRecovery.Restore(options, backup));
            Assert.Equal(RaftKvError.WrongDirectory, refused.Error);
            Assert.Equal("mine", await File.ReadAllTextAsync(Path.Combine(path, "notes"), Cancel));
        }
    }

    [Fact]
    public async Task A_crash_at_any_operation_of_a_restore_leaves_no_member_or_a_whole_one()
    {
        using TemporaryFolder folder = new();
        byte[] sound = await BackupAsync(folder);
        bool isDone = false;
        for (int fatal = 1; !isDone; fatal++)
        {
            SimulatedDisk disk = new(new SplittableRandom((ulong)fatal));
            disk.Faults = operation => operation.Number == fatal ? DiskFault.Crash : DiskFault.None;
            try
            {
                Restore(disk.Root);
                isDone = true;
            }
            catch (RaftKvException)
            {
                // The power failed.
            }
            disk.Faults = null;
            disk.Crash();
            bool isThere = disk.Root.Exists("identity");
            Assert.True(isThere || !isDone);
            if (!isThere)
                Restore(disk.Root);
            using IStorageDirectory files = disk.Root.OpenDirectory("store");
            using MvccStore store = MvccStore.Open(files, new MvccOptions());
            Assert.Equal(31 + StoreRecovery.RevisionBump, store.Revision);
        }

        void Restore(IStorageDirectory root)
        {
            using MemoryStream backup = new(sound);
            StoreRecovery.Restore(new KeyValueStoreOptions { Storage = root, ClusterId = "orders-2" }, backup);
        }
    }

    private static async Task<byte[]> BackupAsync(TemporaryFolder folder)
    {
        using MemoryStream backup = new();
        await using KeyValueStore store = await OpenAsync(Path.Combine(folder.Path, "old"), "orders");
        for (int i = 0; i < 30; i++)
            await store.PutAsync($"k{i % 10}", $"{i}", cancellationToken: Cancel);
        await store.BackupAsync(backup, cancellationToken: Cancel);
        return backup.ToArray();
    }

    private static KeyValueStoreOptions[] Three(string folder)
    {
        Socket[] sockets = [.. Enumerable.Range(0, 3).Select(_ => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))];
        foreach (Socket socket in sockets)
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Dictionary<NodeId, EndPoint> members = sockets.Index().ToDictionary(
            place => new NodeId(place.Index + 1), place => place.Item.LocalEndPoint!);
        return [.. sockets.Select((socket, place) => new KeyValueStoreOptions
        {
            DataDirectory = Path.Combine(folder, $"new-{place}"),
            ClusterId = "orders-2",
            NodeId = new NodeId(place + 1),
            Members = members,
            ListenSocket = socket,
            TickInterval = TimeSpan.FromMilliseconds(20),
            RequestTimeout = OneMember.RequestTime,
            StopTimeout = TimeSpan.FromSeconds(20),
        })];
    }

    private static async Task<WatchBatch> FirstAsync(KeyValueStore store, long from)
    {
        await foreach (WatchBatch batch in store.WatchAsync(KeyRange.All, new WatchOptions { FromRevision = from }, Cancel))
            return batch;
        throw new InvalidOperationException("The watch ended.");
    }

    private static Task<KeyValueStore> OpenAsync(string path, string cluster) => KeyValueStore.OpenAsync(Alone(path, cluster), Cancel);

    private static KeyValueStoreOptions Alone(string path, string cluster) =>
        new() { DataDirectory = path, ClusterId = cluster, RequestTimeout = OneMember.RequestTime };
}
