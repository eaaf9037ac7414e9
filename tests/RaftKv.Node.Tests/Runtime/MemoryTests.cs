using RaftKv.Node.Tests.Support;
using RaftKv.Raft;
using RaftKv.Testing.Disk;

namespace RaftKv.Node.Tests.Runtime;

/// <summary>Source: <see cref="RaftNodeOptions.MemoryBytesMax"/>: one budget for all groups, peers and parts of a host.</summary>
public sealed class MemoryTests
{
    private const string Cluster = "memory";
    private const int PayloadBytes = 3 * 1024;
    private const long BudgetBytes = 34L * 1024 * 1024;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_flood_on_groups_whose_machines_are_stuck_stays_within_the_budget_and_the_others_go_on()
    {
        const int Groups = 200;
        SimulatedDisk disk = new(new SplittableRandom(1));
        await using NodeHost host = await NodeHost.OpenAsync(Options(disk), Token);
        using MemoryWatch watch = new(Cluster, 1, BudgetBytes);
        using Gate open = new();
        using Gate gate = new();
        open.Open();
        GatedMachine[] machines = [.. Enumerable.Range(0, Groups).Select(group => new GatedMachine(group % 2 == 0 ? gate : open))];
        RaftNode[] nodes = new RaftNode[Groups];
        for (int group = 0; group < Groups; group++)
            nodes[group] = await host.StartGroupAsync(new GroupId(group), [], machines[group], Token);

        long refused = 0;
        int rounds = 0;
        // On a busy machine it takes more rounds until much is in use at a moment at which it is looked at.
        for (; rounds < 10 || (watch.MostInAll < BudgetBytes / 4 && rounds < 100); rounds++)
        {
            // Each round's requests time out in the end, and their entries stay behind.
            List<Task<bool>> flood = [.. Enumerable.Range(0, 20 * Groups).Select(n => TryProposeAsync(nodes[n % Groups / 2 * 2], PayloadBytes))];
            watch.Look();
            for (int group = 1; group < Groups; group += 20)
            {
                // It may be refused while the disk has so much to do, and try again.
                await Until.True(() => TryLookingAsync(nodes[group], 100, watch), "a group with a healthy machine goes on");
            }
            refused += (await Task.WhenAll(flood)).Count(applied => !applied);
            watch.Look();
        }
        Assert.Equal(rounds * 20 * Groups, refused);
        Assert.All(Enumerable.Range(0, 10), n => Assert.True(machines[1 + 20 * n].Count >= 10));
        Assert.InRange(watch.MostInAll, BudgetBytes / 4, BudgetBytes);

        gate.Open();
        // What the machines were kept from is applied by all of them at once, which may take longer than a request waits.
        foreach (RaftNode node in nodes)
            await Until.True(() => TryAsync(node.ReadBarrierAsync(Token).AsTask()), "a group reads what it applied");
        Assert.All(nodes, node => Assert.False(node.Stopped.IsCompleted));
        Assert.True(machines.Sum(machine => (long)machine.Count) * PayloadBytes > BudgetBytes);
        await Until.True(
            () => watch.Look() is var used && used["requests"] == 0 && used["unwritten"] == 0 && used["reads"] == 0,
            "everything is given back");
    }

    [Fact]
    public async Task A_member_whose_disk_hangs_stays_within_the_budget_and_holds_nobody_up_and_catches_up_when_it_has_room()
    {
        const int Groups = 30;
        await using HostCluster cluster = new(3) { ClusterId = "hanging", MemoryBytesMax = 40L * 1024 * 1024 };
        SimulatedDisk slow = new(new SplittableRandom(2));
        await cluster.StartHostAsync(1);
        await cluster.StartHostAsync(2);
        await cluster.StartHostAsync(3, slow.Root);
        for (long group = 1; group <= Groups; group++)
            await cluster.StartGroupAsync(group);
        for (long group = 1; group <= Groups; group++)
            await cluster.Node(3, group).ReadBarrierAsync(Token);
        using MemoryWatch healthy = new("hanging", 1, cluster.MemoryBytesMax);
        using MemoryWatch stuck = new("hanging", 3, cluster.MemoryBytesMax);
        bool isStuck = true;
        slow.Faults = operation => Volatile.Read(ref isStuck) && operation.Kind == DiskOperationKind.Write ? DiskFault.Full : DiskFault.None;
        // On a busy machine it takes more rounds until much of what is sent waits there at a moment at which it is looked at.
        for (int round = 0; round < 10 || (stuck.Most["unwritten"] < 1024 * 1024 && round < 100); round++)
        {
            for (long group = 1; group <= Groups; group++)
            {
                RaftNode node = cluster.Node(1, group);
                await Until.True(() => TryLookingAsync(node, 100 * 1024, healthy), "a group goes on without the member that hangs");
                stuck.Look();
            }
        }
        Assert.InRange(stuck.Most["unwritten"], 1024 * 1024, cluster.MemoryBytesMax / 8);
        Volatile.Write(ref isStuck, false);
        for (long group = 1; group <= Groups; group++)
        {
            await cluster.Node(3, group).ReadBarrierAsync(Token);
            stuck.Look();
            Assert.True(cluster.Machine(3, group).Count >= 10);
        }
    }

    private static RaftNodeOptions Options(SimulatedDisk disk) => new()
    {
        ClusterId = Cluster,
        Storage = disk.Root,
        TickInterval = TimeSpan.FromMilliseconds(10),
        RequestTimeout = TimeSpan.FromMilliseconds(200),
        PayloadBytesMax = PayloadBytes,
        MemoryBytesMax = BudgetBytes,
        AttestationInterval = TimeSpan.Zero,
    };

    private static async Task<bool> TryLookingAsync(RaftNode node, int bytes, MemoryWatch watch)
    {
        bool applied = await TryProposeAsync(node, bytes);
        watch.Look();
        return applied;
    }

    private static Task<bool> TryProposeAsync(RaftNode node, int bytes) => TryAsync(node.ProposeAsync(new byte[bytes], Token).AsTask());

    private static async Task<bool> TryAsync(Task request)
    {
        try
        {
            await request;
            return true;
        }
        catch (RaftKvException e) when (e.Error is RaftKvError.Busy or RaftKvError.Timeout or RaftKvError.NoLeader)
        {
            return false;
        }
    }
}
