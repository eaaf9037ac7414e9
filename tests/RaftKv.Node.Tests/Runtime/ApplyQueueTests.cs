using RaftKv.Node.Tests.Support;
using RaftKv.Raft;

namespace RaftKv.Node.Tests.Runtime;

/// <summary>Source: <see cref="Workers.ApplyQueue"/>: which threads a machine works on.</summary>
public sealed class ApplyQueueTests : IDisposable
{
    // More than it takes for a machine to count as quick.
    private const int Writes = 40;

    // So many batches in a row it takes.
    private const int QuickBatchesMin = 16;

    private readonly TestDirectory _directory = new();
    private readonly ManualTime _time = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_processs_pool_applies_lone_writes_once_the_machine_has_shown_that_it_is_quick()
    {
        ThreadNotingMachine machine = new();
        await using RaftNode node = await RaftNode.StartAsync(Options(), machine, Token);
        await WriteAsync(node, Writes);
        Assert.False(machine.AppliedByPool[0]);
        await UntilLeftToPoolAsync(node, machine);
    }

    [Fact]
    public async Task It_does_so_for_each_group_of_a_host_by_itself()
    {
        ThreadNotingMachine slow = new() { Working = () => _time.Advance(TimeSpan.FromMilliseconds(1)) };
        ThreadNotingMachine quick = new();
        await using NodeHost host = await NodeHost.OpenAsync(Options(), Token);
        RaftNode first = await host.StartGroupAsync(new GroupId(1), [], slow, Token);
        RaftNode second = await host.StartGroupAsync(new GroupId(2), [], quick, Token);
        await WriteAsync(first, Writes);
        await WriteAsync(second, Writes);
        Assert.DoesNotContain(true, slow.AppliedByPool);
        await UntilLeftToPoolAsync(second, quick);
    }

    [Fact]
    public async Task A_machine_that_took_long_once_is_given_threads_of_its_own_until_it_is_quick_again()
    {
        ThreadNotingMachine machine = new();
        await using RaftNode node = await RaftNode.StartAsync(Options(), machine, Token);
        await WriteAsync(node, Writes);
        await UntilLeftToPoolAsync(node, machine);
        machine.Working = () => _time.Advance(TimeSpan.FromMilliseconds(1));
        await WriteAsync(node, 1);
        machine.Working = static () => { };
        int slow = machine.AppliedByPool.Length;
        await WriteAsync(node, Writes);
        Assert.DoesNotContain(true, machine.AppliedByPool[slow..(slow + QuickBatchesMin)]);
        await UntilLeftToPoolAsync(node, machine);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Checkpoints_are_never_left_to_the_processs_pool(bool besideApply)
    {
        ThreadNotingMachine machine = new() { CheckpointsBesideApply = besideApply };
        await using RaftNode node = await RaftNode.StartAsync(Options(), machine, Token);
        await WriteAsync(node, Writes);
        await UntilLeftToPoolAsync(node, machine, async () =>
        {
            machine.CheckpointedByPool = null;
            machine.CheckpointDue = true;
            await WriteAsync(node, 1);
            await Until.True(() => machine.CheckpointedByPool is not null, "the checkpoint is done");
            Assert.False(machine.CheckpointedByPool);
        });
        await WriteAsync(node, 1);
    }

    public void Dispose() => _directory.Dispose();

    // Whether a write is lone decides who applies it, and the one before it may still be on its way out of the queue when it comes.
    private static Task UntilLeftToPoolAsync(RaftNode node, ThreadNotingMachine machine, Func<Task>? write = null) => Until.True(
        async () =>
        {
            await (write?.Invoke() ?? WriteAsync(node, 1));
            return machine.AppliedByPool[^1];
        },
        "the process's pool applies a lone write");

    private static async Task WriteAsync(RaftNode node, int count)
    {
        for (int i = 0; i < count; i++)
            await node.ProposeAsync(new byte[] { 1 }, Token);
    }

    private RaftNodeOptions Options() => new() { DataDirectory = _directory.Path, TimeProvider = _time };
}
