using RaftKv.Node.Tests.Support;
using RaftKv.Raft;
using RaftKv.Testing.Disk;

namespace RaftKv.Node.Tests.Runtime;

/// <summary>Source: <see cref="Workers.DiskWorker"/>: disks without room for the log.</summary>
public sealed class FullDiskTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_full_disk_refuses_writes_in_words_and_goes_on_when_there_is_room()
    {
        SimulatedDisk disk = new(new SplittableRandom(1));
        RecordingLogger log = new();
        RaftNodeOptions options = new()
        {
            Storage = disk.Root, TickInterval = TimeSpan.FromMilliseconds(10), LoggerFactory = log, RequestTimeout = Until.Patience,
        };
        ListMachine machine = new();
        await using RaftNode node = await RaftNode.StartAsync(options, machine, Token);
        await node.ProposeAsync(new byte[] { 1 }, Token);
        await Until.Founded(node);
        Fill(disk);
        Task<CommandResult> caught = node.ProposeAsync(new byte[] { 2 }, Token).AsTask();
        await Until.True(() => log.Lines(45).Length == 1, "the disk is full");
        RaftKvException refusal = await Assert.ThrowsAsync<RaftKvException>(() => node.ProposeAsync(new byte[] { 3 }, Token).AsTask());
        Assert.Equal((RaftKvError.NoSpace, WriteOutcome.NotApplied), (refusal.Error, refusal.Outcome));
        Assert.False(caught.IsCompleted);
        Assert.False(node.Stopped.IsCompleted);
        disk.Faults = null;
        await caught;
        await node.WaitForLeaderAsync(Token);
        await node.ProposeAsync(new byte[] { 4 }, Token);
        Assert.Equal([[1], [2], [4]], machine.Commands);
        Assert.Single(log.Lines(46));
        disk.Crash();
        ListMachine after = new();
        RaftNodeOptions later = new() { Storage = disk.Root, RequestTimeout = options.RequestTimeout };
        await using RaftNode again = await RaftNode.StartAsync(later, after, Token);
        await again.ReadBarrierAsync(Token);
        Assert.Equal([[1], [2], [4]], after.Commands);
    }

    [Fact]
    public async Task A_leader_without_room_is_followed_by_another_and_catches_up_when_it_has_some()
    {
        await using HostCluster cluster = new(3);
        Dictionary<long, SimulatedDisk> disks = [];
        for (long host = 1; host <= 3; host++)
        {
            disks[host] = new SimulatedDisk(new SplittableRandom((ulong)host));
            await cluster.StartHostAsync(host, disks[host].Root);
        }
        await cluster.StartGroupAsync(7);
        long leader = (await cluster.Node(1, 7).WaitForLeaderAsync(Token)).Value;
        long other = 1 + leader % 3;
        await cluster.Node(other, 7).ProposeAsync(new byte[] { 1 }, Token);
        Fill(disks[leader]);
        Task<bool> caught = IsTakenAsync(cluster.Node(leader, 7), 2);
        await Until.True(() => cluster.Node(other, 7).Leader is { } now && now.Value != leader, "another member leads");
        await cluster.Node(other, 7).ProposeAsync(new byte[] { 3 }, Token);
        Assert.False(cluster.Node(leader, 7).Stopped.IsCompleted);
        disks[leader].Faults = null;
        byte[] expected = await caught ? [1, 2, 3] : [1, 3];
        await cluster.Node(leader, 7).ReadBarrierAsync(Token);
        byte[] applied = [.. cluster.Machine(leader, 7).Commands.Select(command => command[0])];
        Assert.Equal(1, applied[0]);
        Assert.Equal(expected, applied.Order());
    }

    [Fact]
    public async Task A_member_with_a_full_disk_stops_all_the_same()
    {
        SimulatedDisk disk = new(new SplittableRandom(1));
        RecordingLogger log = new();
        RaftNodeOptions options = new()
        {
            Storage = disk.Root, TickInterval = TimeSpan.FromMilliseconds(10), LoggerFactory = log, StopTimeout = TimeSpan.FromSeconds(0.5),
        };
        RaftNode node = await RaftNode.StartAsync(options, new ListMachine(), Token);
        await Until.Founded(node);
        Fill(disk);
        Task<CommandResult> caught = node.ProposeAsync(new byte[] { 2 }, Token).AsTask();
        await Until.True(() => log.Lines(45).Length == 1, "the disk is full");
        await node.DisposeAsync();
        RaftKvException unknown = await Assert.ThrowsAsync<RaftKvException>(() => caught);
        Assert.Equal(WriteOutcome.Unknown, unknown.Outcome);
    }

    // What the disk still waits to write of the run before, a vote maybe, leaves as soon as it is written: a run that began from the log as it
    // was before that could vote again in the same term.
    [Fact]
    public async Task A_group_that_stopped_without_room_starts_again_only_when_the_log_has_what_it_wrote()
    {
        SimulatedDisk disk = new(new SplittableRandom(1));
        RecordingLogger log = new();
        RaftNodeOptions options = new()
        {
            Storage = disk.Root, TickInterval = TimeSpan.FromMilliseconds(10), LoggerFactory = log, StopTimeout = TimeSpan.Zero,
        };
        GroupId group = new(1);
        await using NodeHost host = await NodeHost.OpenAsync(options, Token);
        RaftNode node = await host.StartGroupAsync(group, [], new ListMachine(), Token);
        await node.ProposeAsync(new byte[] { 1 }, Token);
        await Until.Founded(node);
        Fill(disk);
        Task<CommandResult> caught = node.ProposeAsync(new byte[] { 2 }, Token).AsTask();
        await Until.True(() => log.Lines(45).Length == 1, "the disk is full");
        await node.DisposeAsync();
        Assert.Equal(WriteOutcome.Unknown, (await Assert.ThrowsAsync<RaftKvException>(() => caught)).Outcome);
        RaftKvException early =
            await Assert.ThrowsAsync<RaftKvException>(() => host.StartGroupAsync(group, [], new ListMachine(), Token));
        RaftKvException forgets = await Assert.ThrowsAsync<RaftKvException>(() => host.ForgetGroupAsync(group, Token));
        Assert.Equal((RaftKvError.NoSpace, RaftKvError.NoSpace), (early.Error, forgets.Error));
        disk.Faults = null;
        await Until.True(() => node.IsWritten, "there is room, and all is written");
        ListMachine after = new();
        RaftNode again = await host.StartGroupAsync(group, [], after, Token);
        await again.ReadBarrierAsync(Token);
        Assert.Equal([[1], [2]], after.Commands);
    }

    // A leader takes it before it knows of the disk, unless what an election writes finds no room before: then it is refused in words.
    private static async Task<bool> IsTakenAsync(RaftNode node, byte command)
    {
        try
        {
            await node.ProposeAsync(new[] { command }, Token);
            return true;
        }
        catch (RaftKvException e) when (e is { Error: RaftKvError.NoSpace, Outcome: WriteOutcome.NotApplied })
        {
            return false;
        }
    }

    private static void Fill(SimulatedDisk disk) => disk.Faults = operation =>
        operation.Kind == DiskOperationKind.Write && operation.Path.StartsWith("wal/", StringComparison.Ordinal) ? DiskFault.Full : DiskFault.None;
}
