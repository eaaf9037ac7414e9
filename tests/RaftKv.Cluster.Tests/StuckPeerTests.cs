using System.Globalization;
using System.Net;
using System.Text;
using RaftKv.Node;
using RaftKv.Node.Tests.Support;
using RaftKv.Raft;
using RaftKv.Samples.Cluster.Control;
using RaftKv.Samples.Cluster.Processes;

namespace RaftKv.Cluster.Tests;

/// <summary>
/// A process that stands still with its connections open: nothing tells the others that it is gone, and what they send it stays in the
/// sockets. The healthy members run here, where their meters can be read.
/// </summary>
public sealed class StuckPeerTests
{
    private const string Cluster = "stuck";
    private const int Leader = 1;
    private const int Follower = 2;
    private const int Stuck = 3;
    private const long BudgetBytes = 32L * 1024 * 1024;
    private const int ValueBytes = 64 * 1024;
    private const int Writers = 16;

    // What is written while the third is stuck is several times what the healthy members may hold in memory.
    private const int Writes = (int)(3 * BudgetBytes / ValueBytes);

    // The healthy members may stall for as long as an election takes, and none follows.
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    // How long one write may take, however busy the machine is.
    private static readonly TimeSpan WriteTime = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly IReadOnlyList<IPEndPoint> _addresses = FreePorts.Pick(3);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Writes_go_on_within_the_memory_budget_while_a_follower_is_stuck_and_it_holds_the_same_once_it_goes_on()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Signals are sent with kill, and what waits in a socket stands in /proc.");
        using TemporaryFolder folder = new();
        await using KeyValueStore leader = await OpenAsync(Leader, folder);
        await using KeyValueStore follower = await OpenAsync(Follower, folder);
        await LeadAsync(leader, follower);
        await using NodeProcess process = StartProcess(folder);
        using ControlClient stuck = new(await process.ReadyAsync(Cancel));
        await WriteAsync(leader, 0);
        await UntilAsync(async () => await IsEqualAsync(leader, stuck), "the process takes part");
        using MemoryWatch leaders = new(Cluster, Leader, BudgetBytes);
        using MemoryWatch followers = new(Cluster, Follower, BudgetBytes);
        Term term = leader.Status.Term;

        await process.SignalAsync("STOP");
        await Parallel.ForAsync(1, Writes, new ParallelOptions { MaxDegreeOfParallelism = Writers, CancellationToken = Cancel }, async (number, _) =>
        {
            await WriteAsync(leader, number);
            Look(leaders);
            Look(followers);
        });

        Assert.Equal((Role.Leader, term), (leader.Status.Role, leader.Status.Term));
        Assert.True(BytesInSockets() > 0, "nothing waits in a socket for the process that stands still");
        Assert.True(Look(leaders)["peers"] > 0, "nothing waits for its socket");
        await UntilAsync(() => Task.FromResult(follower.Status.Revision >= leader.Status.Revision), "the healthy follower has everything");
        Assert.Equal(leader.Hash(), follower.Hash());

        await process.SignalAsync("CONT");
        await UntilAsync(async () => await IsEqualAsync(leader, stuck), "the process has everything that it missed");
        await UntilAsync(() => Task.FromResult(Look(leaders)["peers"] == 0), "what waited for the socket is sent");
    }

    private Task<KeyValueStore> OpenAsync(int id, TemporaryFolder folder) => KeyValueStore.OpenAsync(
        new KeyValueStoreOptions
        {
            ClusterId = Cluster,
            NodeId = new NodeId(id),
            DataDirectory = Path.Combine(folder.Path, $"{id}"),
            Listen = _addresses[id - 1],
            Members = _addresses.Index().ToDictionary(member => new NodeId(member.Index + 1), member => (EndPoint)member.Item),
            TickInterval = Tick,
            RequestTimeout = WriteTime,
            RequestBytesMax = 2 * ValueBytes,
            MemoryBytesMax = BudgetBytes,
        },
        Cancel);

    private NodeProcess StartProcess(TemporaryFolder folder) => NodeProcess.Start(
        [
            "node", "--id", $"{Stuck}", "--cluster", Cluster, "--data", Path.Combine(folder.Path, $"{Stuck}"), "--raft", $"{_addresses[Stuck - 1]}",
            "--tick", $"{Tick.TotalMilliseconds}", "--exit-with-parent",
            .. _addresses.Index().SelectMany(member => new[] { "--member", $"{member.Index + 1}={member.Item}" }),
        ],
        SampleProgram.Path);

    // The two that are up elect one of them.
    private static async Task LeadAsync(KeyValueStore leader, KeyValueStore follower)
    {
        NodeId self = leader.Status.NodeId;
        await UntilAsync(async () =>
        {
            try
            {
                if (follower.Status.Role == Role.Leader)
                    await follower.TransferLeadershipAsync(self, Cancel);
            }
            catch (RaftKvException)
            {
                // It is tried again if the follower still leads.
            }
            return leader.Status.Role == Role.Leader && follower.Leader == self;
        }, "the member chosen leads");
    }

    // Random bytes, so that nothing is made smaller on its way.
    private static async Task WriteAsync(KeyValueStore leader, int number)
    {
        byte[] value = new byte[ValueBytes];
        new SplittableRandom((ulong)number).NextBytes(value);
        await UntilAsync(async () =>
        {
            try
            {
                await leader.PutAsync(Encoding.UTF8.GetBytes($"key {number}"), value, cancellationToken: Cancel);
                return true;
            }
            catch (RaftKvException full) when (full.Error == RaftKvError.Busy)
            {
                return false;
            }
        }, "a write is taken");
    }

    private static IReadOnlyDictionary<string, long> Look(MemoryWatch watch)
    {
        lock (watch)
            return watch.Look();
    }

    private static async Task<bool> IsEqualAsync(KeyValueStore store, ControlClient other)
    {
        long revision = store.Status.Revision;
        return (await other.StatusAsync(Cancel)).Revision >= revision
            && (await other.HashAsync(revision, Cancel)).Hash == store.Hash(revision).ToString("x8", CultureInfo.InvariantCulture);
    }

    // What this process has sent to the one that stands still and the other side has no room for, while they are connected.
    private long BytesInSockets()
    {
        const string Established = "01";
        string port = $":{_addresses[Stuck - 1].Port:X4}";
        return new[] { "/proc/net/tcp", "/proc/net/tcp6" }
            .Where(File.Exists)
            .SelectMany(File.ReadLines)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(field => field[2].EndsWith(port, StringComparison.Ordinal) && field[3] == Established)
            .Sum(field => long.Parse(field[4].Split(':')[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture));
    }

    private static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        deadline.CancelAfter(Patience);
        try
        {
            while (!await condition())
                await ProcessCluster.PauseAsync(deadline.Token);
        }
        catch (OperationCanceledException) when (!Cancel.IsCancellationRequested)
        {
            Assert.Fail($"Waited {Patience} in vain until {what}.");
        }
    }
}
