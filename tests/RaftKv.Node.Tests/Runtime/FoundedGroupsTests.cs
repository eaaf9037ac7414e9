using RaftKv.Node.Tests.Support;
using RaftKv.Raft;
using RaftKv.Storage.Disk;
using RaftKv.Testing.Disk;

namespace RaftKv.Node.Tests.Runtime;

/// <summary>
/// Source: <see cref="ClusterRecovery.Found(RaftNodeOptions, IReadOnlyCollection{FoundedGroup})"/>: each group begins with a state of its own.
/// </summary>
public sealed class FoundedGroupsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_group_goes_on_from_its_state_and_those_not_named_begin_empty()
    {
        await using HostCluster cluster = new(3);
        for (long host = 1; host <= 3; host++)
            cluster.Found(host, Group(0, commands: 10), Group(7, commands: 70));
        await cluster.StartHostsAsync();
        Assert.Equal([new GroupId(0), new GroupId(7)], cluster[1].StoredGroups);
        foreach ((long group, int before) in ((long, int)[])[(0, 10), (7, 70), (8, 0)])
        {
            await cluster.StartGroupAsync(group);
            await cluster.Node(1, group).ProposeAsync(new byte[] { 200 }, Token);
            for (long host = 1; host <= 3; host++)
            {
                await cluster.Node(host, group).ReadBarrierAsync(Token);
                Assert.Equal([.. Enumerable.Range(0, before), 200], cluster.Machine(host, group).Commands.Select(command => (int)command[0]));
            }
        }
    }

    [Fact]
    public void A_crash_at_any_operation_leaves_no_host_or_a_whole_one()
    {
        bool isDone = false;
        for (int fatal = 1; !isDone; fatal++)
        {
            SimulatedDisk disk = new(new SplittableRandom((ulong)fatal));
            disk.Faults = operation => operation.Number == fatal ? DiskFault.Crash : DiskFault.None;
            try
            {
                Found(disk.Root, Group(0, commands: 3), Group(7, commands: 5));
                isDone = true;
            }
            catch (RaftKvException)
            {
                // The power failed.
            }
            disk.Faults = null;
            disk.Crash();
            Assert.True(disk.Root.Exists("identity") || !isDone);
            if (!disk.Root.Exists("identity"))
                Found(disk.Root, Group(0, commands: 3), Group(7, commands: 5));
            Assert.Equal(3, Count(disk.Root, "store"));
            Assert.Equal(5, Count(disk.Root, "groups", "7"));
        }
    }

    [Fact]
    public void What_an_interrupted_call_left_of_other_groups_is_taken_away()
    {
        SimulatedDisk disk = new(new SplittableRandom(1));
        FoundedGroup broken = new(new GroupId(8), [], _ => throw new RaftKvException("The backup is damaged.", WriteOutcome.NotApplied));
        Assert.Throws<RaftKvException>(() => Found(disk.Root, Group(7, commands: 5), broken));

        Found(disk.Root, Group(0, commands: 3));
        Assert.Equal(3, Count(disk.Root, "store"));
        Assert.Equal(0, Count(disk.Root, "groups", "7"));
    }

    [Fact]
    public void Files_of_a_machine_that_nobody_put_there_are_left_alone()
    {
        SimulatedDisk disk = new(new SplittableRandom(1));
        using (IStorageDirectory groups = disk.Root.OpenDirectory("groups"))
        using (IStorageDirectory store = groups.OpenDirectory("7"))
            Place(store, commands: 9);
        Assert.Equal(RaftKvError.WrongDirectory, Assert.Throws<RaftKvException>(() => Found(disk.Root, Group(7, commands: 5))).Error);
        Assert.Equal(9, Count(disk.Root, "groups", "7"));
    }

    [Fact]
    public void Groups_that_cannot_be_are_refused_by_name()
    {
        SimulatedDisk disk = new(new SplittableRandom(1));
        Refused("at least one group");
        Refused("Group 7 is named 2 times", Group(7, commands: 1), Group(7, commands: 1));
        Refused("Member 9 of group 7 is no host", Group(7, commands: 1) with { Members = [new NodeId(1), new NodeId(9)] });
        Refused("but this is -1", Group(-1, commands: 1));
        Assert.Empty(disk.Root.List().Except(["LOCK"]));

        void Refused(string message, params FoundedGroup[] groups)
        {
            RaftKvException refused = Assert.Throws<RaftKvException>(() => Found(disk.Root, groups));
            Assert.Equal(RaftKvError.InvalidOptions, refused.Error);
            Assert.Contains(message, refused.Message, StringComparison.Ordinal);
        }
    }

    private static void Found(IStorageDirectory root, params FoundedGroup[] groups) =>
        ClusterRecovery.Found(new RaftNodeOptions { NodeId = new NodeId(1), ClusterId = "orders", Storage = root }, groups);

    private static FoundedGroup Group(long number, int commands) => new(new GroupId(number), [], directory => Place(directory, commands));

    private static LogPosition Place(IStorageDirectory directory, int commands)
    {
        ListMachine machine = new(directory);
        for (byte n = 0; n < commands; n++)
            machine.Apply([new Command(new LogPosition(new Term(3), new LogIndex(100 + n)), new[] { n })], new Unheard());
        machine.Checkpoint();
        return machine.Durable;
    }

    private static int Count(IStorageDirectory root, params string[] path)
    {
        IStorageDirectory directory = path.Aggregate(root, (parent, name) => parent.OpenDirectory(name));
        return new ListMachine(directory).Count;
    }

    private sealed class Unheard : ICommandResults
    {
        public bool IsAwaited(int index) => false;

        public void Set(int index, ReadOnlyMemory<byte> result)
        {
        }
    }
}
