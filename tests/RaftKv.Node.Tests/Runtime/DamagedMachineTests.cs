using RaftKv.Node.Persistence;
using RaftKv.Node.Tests.Support;
using RaftKv.Raft;
using RaftKv.Raft.Membership;
using RaftKv.Storage;
using RaftKv.Storage.Disk;
using RaftKv.Storage.Wal;
using RaftKv.Testing.Disk;

namespace RaftKv.Node.Tests.Runtime;

/// <summary>Source: <see cref="MachineFiles"/>: a machine whose files cannot be opened gets its state from elsewhere, or is left alone.</summary>
public sealed class DamagedMachineTests
{
    // So many that the log gives the first of them up.
    private const int Before = 6000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_member_whose_files_cannot_be_opened_is_rebuilt_from_another_and_keeps_them()
    {
        await using TestCluster cluster = await WrittenAsync(3);
        await cluster.StopAsync(3);
        Cut(cluster, 3);

        await cluster.StartAsync(3);
        await Until.True(() => !cluster[3].Status.IsRebuilding, "the member is rebuilt");
        await WriteAsync(cluster[1], Before, 20);
        await cluster[1].ReadBarrierAsync(Token);
        await cluster[3].ReadBarrierAsync(Token);
        Assert.Equal(cluster.Machine(1).Commands, cluster.Machine(3).Commands);
        Assert.Equal(1, Assert.IsType<TravellingList>(cluster.Machine(3)).Installed);
        Assert.Equal(2, new FileInfo(ListOf(cluster, 3) + MachineFiles.AsideSuffix).Length);
        Assert.Contains("the list is cut", Assert.Single(cluster.Log.Lines(48)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lone_member_whose_log_has_given_entries_up_refuses_and_its_files_stay()
    {
        await using TestCluster cluster = await WrittenAsync(1);
        await cluster.StopAsync(1);
        Cut(cluster, 1);

        RaftKvException refused = await Assert.ThrowsAsync<RaftKvException>(() => cluster.StartAsync(1));
        Assert.Equal(RaftKvError.Storage, refused.Error);
        Assert.Contains("the list is cut", refused.Message, StringComparison.Ordinal);
        Assert.Equal(2, new FileInfo(ListOf(cluster, 1)).Length);
    }

    [Fact]
    public async Task A_machine_that_throws_while_the_node_closes_keeps_neither_the_directory_nor_those_who_wait_for_the_end()
    {
        SimulatedDisk disk = new(new SplittableRandom(1));
        System.Net.Sockets.Socket nobody = Loopback.Bind();
        RaftNodeOptions options = new()
        {
            Storage = disk.Root,
            ListenSocket = Loopback.Bind(),
            Members = new Dictionary<NodeId, System.Net.EndPoint> { [new(1)] = Loopback.AddressOf(nobody), [new(2)] = Loopback.AddressOf(nobody) },
            TickInterval = TimeSpan.FromMilliseconds(10),
        };
        nobody.Dispose();
        UnclosableMachine machine = new();
        bool isDamaged = true;
        RaftNode node = await RaftNode.StartAsync(
            options,
            store =>
            {
                if (!isDamaged)
                    return machine;
                isDamaged = false;
                throw new StorageCorruptException(store.Path, 0, "it is damaged");
            },
            Token);
        await Until.True(() => machine.HasBegun, "the machine takes another's state");
        IOException thrown = await Assert.ThrowsAsync<IOException>(() => node.DisposeAsync().AsTask());
        Assert.Equal("the state is busy", thrown.Message);
        Assert.True(node.Stopped.IsCompleted);
        disk.Root.Lock().Dispose();
    }

    [Fact]
    public void A_lone_member_whose_log_holds_every_entry_begins_again_from_it()
    {
        SimulatedDisk disk = new(new SplittableRandom(1));
        using WriteAheadLog log = WriteAheadLog.Open(disk.Root.OpenDirectory("wal"), new WalOptions());
        EntryStore store = new(log, default, new Configuration([new NodeId(1)]));
        Spoil(disk);

        Assert.Equal(0, Open(disk, store).Count);
        Assert.Equal(GroupDamage.None, store.Repair.Examine(new NodeId(1), LogPosition.Zero));
        Assert.False(store.Replacement.IsDistrusted);
    }

    [Fact]
    public void Whatever_is_opened_after_a_crash_in_the_middle_is_not_trusted()
    {
        bool isDone = false;
        for (int fatal = 1; !isDone; fatal++)
        {
            SimulatedDisk disk = new(new SplittableRandom((ulong)fatal));
            Begin(disk);
            Spoil(disk);
            using (WriteAheadLog log = WriteAheadLog.Open(disk.Root.OpenDirectory("wal"), new WalOptions()))
            {
                EntryStore store = new(log, default, Configuration.Empty);
                long from = disk.Operations;
                disk.Faults = operation => operation.Number == from + fatal ? DiskFault.Crash : DiskFault.None;
                try
                {
                    Open(disk, store);
                    isDone = true;
                }
                catch (StorageException)
                {
                    // The power failed.
                }
            }
            disk.Faults = null;
            disk.Crash();
            using WriteAheadLog again = WriteAheadLog.Open(disk.Root.OpenDirectory("wal"), new WalOptions());
            EntryStore after = new(again, default, Configuration.Empty);
            Assert.Equal(0, Open(disk, after).Count);
            after.Repair.Examine(new NodeId(1), LogPosition.Zero);
            Assert.True(after.Replacement.IsDistrusted);
        }
    }

    // A log of three members that begins after an entry.
    private static void Begin(SimulatedDisk disk)
    {
        using WriteAheadLog log = WriteAheadLog.Open(disk.Root.OpenDirectory("wal"), new WalOptions());
        Configuration three = new([new NodeId(1), new NodeId(2), new NodeId(3)]);
        new EntryStore(log, default, three).NewStart.BeginAfter(new LogPosition(new Term(2), new LogIndex(50)));
    }

    private static void Spoil(SimulatedDisk disk)
    {
        using IStorageDirectory files = disk.Root.OpenDirectory("store");
        using IStorageFile list = files.Create("list");
        list.Write(0, [1, 2]);
        list.Flush();
        files.Flush();
    }

    private static ListMachine Open(SimulatedDisk disk, EntryStore store) => (ListMachine)MachineFiles.Open(
        store, new NodeId(1), () => disk.Root.OpenDirectory("store"), files => new ListMachine(files), _ => { });

    private static async Task<TestCluster> WrittenAsync(int members)
    {
        TestCluster cluster = new(members) { CommandsPerCheckpoint = 500, Travels = true };
        await cluster.StartAllAsync();
        await cluster.UntilLeaderAsync();
        await WriteAsync(cluster[1], 0, Before);
        await Until.True(() => cluster.Nodes.All(node => node.Status.Raft.Base.Index.Value > 0), "the logs begin later");
        return cluster;
    }

    private static Task WriteAsync(RaftNode node, int first, int count) => Parallel.ForAsync(
        first, first + count, new ParallelOptions { MaxDegreeOfParallelism = 64, CancellationToken = Token },
        async (n, cancel) => await node.ProposeAsync(BitConverter.GetBytes(n), cancel));

    private static string ListOf(TestCluster cluster, long node) => Path.Combine(cluster.DirectoryOf(node), "store", "list");

    private static void Cut(TestCluster cluster, long node) => File.WriteAllBytes(ListOf(cluster, node), [1, 2]);
}
