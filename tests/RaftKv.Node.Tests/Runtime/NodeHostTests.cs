using RaftKv.Node.Tests.Support;
using RaftKv.Raft;
using RaftKv.Storage;
using RaftKv.Testing.Disk;

namespace RaftKv.Node.Tests.Runtime;

/// <summary>Source: <see cref="NodeHost"/>: many groups over one log, one connection for each peer and one clock.</summary>
public sealed class NodeHostTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Groups_are_apart_and_each_is_applied_by_all_its_members_in_one_order()
    {
        await using HostCluster cluster = new(3);
        await cluster.StartHostsAsync();
        for (long group = 0; group < 20; group++)
            await cluster.StartGroupAsync(group);
        await Task.WhenAll(Enumerable.Range(0, 1000).Select(n =>
            cluster.Node(1 + n % 3, n / 3 % 20).ProposeAsync(BitConverter.GetBytes(n), Token).AsTask()));
        for (long group = 0; group < 20; group++)
        {
            foreach (NodeHost host in cluster.Hosts)
                await host.Find(new GroupId(group))!.ReadBarrierAsync(Token);
            int[] numbers = [.. cluster.Machine(1, group).Commands.Select(command => BitConverter.ToInt32(command))];
            Assert.Equal([.. Enumerable.Range(0, 1000).Where(n => n / 3 % 20 == group)], numbers.Order());
            Assert.Equal(cluster.Machine(1, group).Commands, cluster.Machine(2, group).Commands);
            Assert.Equal(cluster.Machine(1, group).Commands, cluster.Machine(3, group).Commands);
        }
        Assert.Equal(20, cluster[1].Groups.Count);
    }

    [Fact]
    public async Task A_group_may_have_some_of_the_hosts_as_members_and_another_one_others()
    {
        await using HostCluster cluster = new(3);
        await cluster.StartHostsAsync();
        await cluster.StartGroupAsync(5, 1, 2);
        await cluster.StartGroupAsync(6, 2, 3);
        await cluster.StartGroupAsync(7, 3);
        await cluster.Node(1, 5).ProposeAsync(new byte[] { 5 }, Token);
        await cluster.Node(3, 6).ProposeAsync(new byte[] { 6 }, Token);
        await cluster.Node(3, 7).ProposeAsync(new byte[] { 7 }, Token);
        await cluster.Node(2, 5).ReadBarrierAsync(Token);
        Assert.Equal([5], Assert.Single(cluster.Machine(2, 5).Commands));
        Assert.Null(cluster[3].Find(new GroupId(5)));
    }

    [Fact]
    public async Task Hosts_restart_with_what_every_group_acknowledged()
    {
        await using HostCluster cluster = new(3);
        await cluster.StartHostsAsync();
        for (long group = 0; group < 5; group++)
            await cluster.StartGroupAsync(group);
        await Task.WhenAll(Enumerable.Range(0, 1000).Select(n =>
            cluster.Node(1, n % 5).ProposeAsync(BitConverter.GetBytes(n), Token).AsTask()));
        foreach (long host in (long[])[1, 2, 3])
            await cluster.StopHostAsync(host);
        await cluster.StartHostsAsync();
        Assert.Empty(cluster[1].Groups);
        for (long group = 0; group < 5; group++)
        {
            await cluster.StartGroupAsync(group);
            await cluster.Node(3, group).ReadBarrierAsync(Token);
            Assert.Equal(200, cluster.Machine(3, group).Commands.Length);
        }
    }

    [Fact]
    public async Task A_group_at_rest_wakes_for_a_request_rests_again_and_elects_when_its_leader_is_gone()
    {
        await using HostCluster cluster = new(3) { QuiesceTicks = 20 };
        await cluster.StartHostsAsync();
        await cluster.StartGroupAsync(1);
        RaftNodeStatus status = cluster.Node(1, 1).Status;
        for (byte n = 1; n <= 3; n++)
        {
            LogIndex written = (await cluster.Node(n, 1).ProposeAsync(new[] { n }, Token)).Position.Index;
            await Until.True(
                () => cluster.Hosts.All(host => host.Groups[0].Status is { Raft.IsQuiesced: true } resting && resting.Applied >= written)
                    && (status = cluster.Node(1, 1).Status).Raft.Leader != NodeId.None,
                "the group rests on all hosts");
            Assert.All(cluster.Hosts, host => Assert.Equal(n, cluster.Machine(host.NodeId.Value, 1).Commands.Length));
        }
        long leader = status.Raft.Leader.Value;
        Term term = status.Raft.Term;
        await cluster.StopHostAsync(leader);
        RaftNode survivor = cluster.Node(leader % 3 + 1, 1);
        await survivor.ProposeAsync(new byte[] { 4 }, Token);
        Assert.True(survivor.Status.Raft.Term > term);
    }

    [Fact]
    public async Task A_host_that_closes_keeps_its_directory_until_a_group_that_is_being_opened_has_let_go_of_it()
    {
        SimulatedDisk disk = new(new SplittableRandom(1));
        await using NodeHost host = await NodeHost.OpenAsync(new RaftNodeOptions { Storage = disk.Root }, Token);
        RaftNode running = await host.StartGroupAsync(new GroupId(1), [], new ListMachine(), Token);
        TaskCompletionSource isOpening = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using ManualResetEventSlim goOn = new();
        Task<RaftNode> late = host.StartGroupAsync(
            new GroupId(2),
            [],
            _ =>
            {
                isOpening.SetResult();
                goOn.Wait(Token);
                return new ListMachine();
            },
            Token);
        await isOpening.Task;
        Task closing = host.DisposeAsync().AsTask();
        await Until.True(() => running.Stopped.IsCompleted, "the group that runs has stopped");
        Assert.Throws<StorageLockedException>(disk.Root.Lock);
        Assert.False(closing.IsCompleted);
        goOn.Set();
        Assert.Equal(RaftKvError.Stopped, (await Assert.ThrowsAsync<RaftKvException>(() => late)).Error);
        await closing;
        disk.Root.Lock().Dispose();
    }

    [Fact]
    public async Task A_machine_that_throws_faults_its_group_and_no_other()
    {
        await using HostCluster cluster = new(1);
        await cluster.StartHostsAsync();
        await cluster.StartGroupAsync(1);
        await cluster.StartGroupAsync(2);
        cluster.Machine(1, 1).ThrowOn = _ => true;
        RaftNode broken = cluster.Node(1, 1);
        RaftKvException thrown = await Assert.ThrowsAsync<RaftKvException>(() => broken.ProposeAsync(new byte[1], Token).AsTask());
        Assert.Equal(RaftKvError.Faulted, thrown.Error);
        Assert.NotNull(await broken.Stopped);
        await cluster.Node(1, 2).ProposeAsync(new byte[1], Token);
        Assert.Null(cluster[1].Find(new GroupId(1)));
        Assert.False(cluster[1].Stopped.IsCompleted);
        await cluster.StartGroupAsync(1);
        await cluster.Node(1, 1).ReadBarrierAsync(Token);
        Assert.Single(cluster.Machine(1, 1).Commands);
    }

    [Fact]
    public async Task A_group_stops_and_starts_while_the_others_go_on()
    {
        await using HostCluster cluster = new(3);
        await cluster.StartHostsAsync();
        await cluster.StartGroupAsync(1);
        await cluster.StartGroupAsync(2);
        await cluster.Node(2, 1).ProposeAsync(new byte[] { 1 }, Token);
        RaftNode old = cluster.Node(2, 1);
        await old.DisposeAsync();
        await cluster.Node(1, 1).ProposeAsync(new byte[] { 2 }, Token);
        await cluster.Node(2, 2).ProposeAsync(new byte[] { 3 }, Token);
        RaftKvException refused = await Assert.ThrowsAsync<RaftKvException>(() => old.ProposeAsync(new byte[1], Token).AsTask());
        Assert.Equal((RaftKvError.Stopped, WriteOutcome.NotApplied), (refused.Error, refused.Outcome));
        await cluster.StartMemberAsync(2, 1);
        await cluster.Node(2, 1).ReadBarrierAsync(Token);
        Assert.Equal([[1], [2]], cluster.Machine(2, 1).Commands);
    }

    [Fact]
    public async Task A_flush_that_fails_faults_the_host_with_all_its_groups()
    {
        await using HostCluster cluster = new(1);
        SimulatedDisk disk = new(new SplittableRandom(3));
        await cluster.StartHostAsync(1, disk.Root);
        await cluster.StartGroupAsync(1);
        await cluster.StartGroupAsync(2);
        (RaftNode one, RaftNode two) = (cluster.Node(1, 1), cluster.Node(1, 2));
        await Until.Founded(one);
        await Until.Founded(two);
        disk.Faults = operation => operation.Kind == DiskOperationKind.Flush ? DiskFault.Fail : DiskFault.None;
        RaftKvException thrown = await Assert.ThrowsAsync<RaftKvException>(() => one.ProposeAsync(new byte[1], Token).AsTask());
        Assert.Equal((RaftKvError.Storage, WriteOutcome.Unknown), (thrown.Error, thrown.Outcome));
        Assert.Equal(RaftKvError.Storage, (await two.Stopped)!.Error);
        Assert.Equal(RaftKvError.Storage, (await cluster[1].Stopped)!.Error);
        RaftKvException late = await Assert.ThrowsAsync<RaftKvException>(() => cluster.StartGroupAsync(3));
        Assert.Equal(RaftKvError.Stopped, late.Error);
    }

    [Fact]
    public async Task A_group_without_a_majority_fills_up_with_busy_and_leaves_room_for_the_others()
    {
        await using HostCluster cluster = new(3);
        await cluster.StartHostsAsync();
        await cluster.StartGroupAsync(1);
        await cluster.StartGroupAsync(2, 1, 2);
        await cluster.Node(1, 2).ProposeAsync(new byte[1], Token);
        await cluster.Node(2, 2).DisposeAsync();
        Task<CommandResult>[] stuck = [.. Enumerable.Range(0, 600).Select(_ => cluster.Node(1, 2).ProposeAsync(new byte[1], Token).AsTask())];
        Assert.Equal(100, stuck.Count(write => write.IsFaulted && Error(write) == RaftKvError.Busy));
        await Task.WhenAll(Enumerable.Range(0, 400).Select(_ => cluster.Node(1, 1).ProposeAsync(new byte[1], Token).AsTask()));
        await cluster.StartMemberAsync(2, 2, 1, 2);
        await Until.True(() => stuck.All(write => write.IsCompleted), "the group has its majority again");
        Assert.Equal(500, stuck.Count(write => write.IsCompletedSuccessfully));
    }

    [Fact]
    public async Task A_group_that_a_host_has_left_can_be_forgotten_there_and_admitted_again()
    {
        await using HostCluster cluster = new(3);
        await cluster.StartHostsAsync();
        await cluster.StartGroupAsync(1);
        await cluster.StartGroupAsync(5);
        for (int n = 0; n < 250; n++)
            await cluster.Node(3, 5).ProposeAsync(BitConverter.GetBytes(n), Token);
        RaftKvException running = await Assert.ThrowsAsync<RaftKvException>(() => cluster[3].ForgetGroupAsync(new GroupId(5), Token));
        Assert.Equal("Group 5 runs on this host; stop it before it is forgotten.", running.Message);
        RaftNode leaving = cluster.Node(3, 5);
        System.Net.EndPoint address = leaving.Members.List().Single(member => member.NodeId == new NodeId(3)).Address!;
        await cluster.Node(1, 5).Members.RemoveAsync(new NodeId(3), Token);
        Assert.Equal(RaftKvError.Removed, (await leaving.Stopped)?.Error);

        await cluster[3].ForgetGroupAsync(new GroupId(5), Token);

        Assert.Equal([new GroupId(1)], cluster[3].StoredGroups);
        Assert.Equal([new GroupId(1), new GroupId(5)], cluster[1].StoredGroups);
        await cluster.StartMemberAsync(3, 5);
        Assert.Empty(cluster.Machine(3, 5).Commands);
        await cluster.Node(1, 5).Members.AddAsync(new NodeId(3), address, Token);
        await Until.True(() => cluster.Machine(3, 5).Commands.Length == 250, "it has everything again");
        await cluster.Node(3, 5).ProposeAsync(new byte[1], Token);
        Assert.Equal(2, cluster[3].StoredGroups.Count);
    }

    [Theory]
    [InlineData(-1, 1, "A group's number is 0 or more and less than 2^62, but this is -1.")]
    [InlineData(1, 1, "Group 1 runs on this host already.")]
    [InlineData(2, 2, "Host 1 is no member of group 2.")]
    [InlineData(2, 9, "Member 9 of group 2 is no host of the cluster.")]
    public async Task A_group_that_cannot_be_started_is_refused_in_one_sentence(long group, long member, string sentence)
    {
        await using HostCluster cluster = new(2);
        await cluster.StartHostAsync(1);
        await cluster.StartGroupAsync(1, 1);
        RaftKvException thrown = await Assert.ThrowsAsync<RaftKvException>(() =>
            cluster[1].StartGroupAsync(new GroupId(group), [new NodeId(member)], new ListMachine(), Token));
        Assert.Equal((RaftKvError.InvalidOptions, sentence), (thrown.Error, thrown.Message));
        await cluster.Node(1, 1).ProposeAsync(new byte[1], Token);
    }

    private static RaftKvError Error(Task write) => Assert.IsType<RaftKvException>(write.Exception!.InnerException).Error;
}
