using System.Diagnostics.Metrics;
using System.Net;
using RaftKv.Node.Tests.Support;
using RaftKv.Node.Transport;
using RaftKv.Raft;
using RaftKv.Testing.Network;

namespace RaftKv.Node.Tests.Transport;

/// <summary>Three real members behind proxies that treat their bytes badly. Source: <see cref="TcpTransport"/>, <see cref="FaultProxy"/>.</summary>
public sealed class FaultProxyTests : IAsyncDisposable
{
    private const int RefusedEvent = 23;
    private const int Writers = 3;

    private readonly List<FaultProxy> _proxies = [];
    private readonly TestCluster _cluster;
    private long _counted;

    public FaultProxyTests() => _cluster = new TestCluster(3, Front) { RequestTimeout = TimeSpan.FromSeconds(3) };

    [Fact]
    public async Task Damaged_and_missing_bytes_are_refused_and_counted_and_no_write_is_lost_or_doubled()
    {
        using MeterListener counting = CountRefusals();
        await RunAsync(
            Damaging(new ProxyFaults { DamageChance = 0.05 }, "the checksum of a frame does not hold"),
            Damaging(new ProxyFaults { DropChance = 0.05 }, ""));
        await Until.True(() => Interlocked.Read(ref _counted) >= _cluster.Log.Lines(RefusedEvent).Length, "each refusal is counted");
    }

    [Fact]
    public async Task A_leader_that_is_heard_but_hears_nobody_is_replaced_and_no_write_is_lost_or_doubled() => await RunAsync(
        async () =>
        {
            RaftNode deaf = await _cluster.UntilLeaderAsync();
            ProxyOf(deaf).Faults = new ProxyFaults { StallsThere = true };
            await Until.True(
                () => _cluster.Nodes.Any(node => node != deaf && node.Status.Raft.Role == Role.Leader), "another member leads");
        });

    [Fact]
    public async Task Late_bytes_and_broken_connections_lose_no_write() => await RunAsync(
        async () =>
        {
            foreach (FaultProxy proxy in _proxies)
                proxy.Faults = new ProxyFaults { Delay = TimeSpan.FromMilliseconds(5) };
            for (int round = 0; round < 5; round++)
            {
                long before = _proxies.Sum(proxy => proxy.PassedBytes);
                _proxies.ForEach(proxy => proxy.Break());
                await Until.True(() => _proxies.Sum(proxy => proxy.PassedBytes) > before + 10_000, "members talk again");
            }
        });

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        foreach (FaultProxy proxy in _proxies)
            await proxy.DisposeAsync();
    }

    private IPEndPoint Front(IPEndPoint address)
    {
        FaultProxy proxy = new(address, (ulong)_proxies.Count);
        _proxies.Add(proxy);
        return proxy.EndPoint;
    }

    private FaultProxy ProxyOf(RaftNode node) => _proxies[(int)node.NodeId.Value - 1];

    private Func<Task> Damaging(ProxyFaults faults, string reason) => async () =>
    {
        long before = _proxies.Sum(proxy => proxy.Damaged);
        _proxies.ForEach(proxy => proxy.Faults = faults);
        await Until.True(() => _proxies.Sum(proxy => proxy.Damaged) >= before + 20, "enough is damaged");
        await Until.True(
            () => _cluster.Log.Lines(RefusedEvent).Any(line => line.EndsWith(reason, StringComparison.Ordinal)), "a refusal is logged");
    };

    // Runs the faults one after the other under writers; heals, and checks that all that was acknowledged is there once, everywhere.
    private async Task RunAsync(params Func<Task>[] faults)
    {
        await _cluster.StartAllAsync();
        await _cluster.UntilLeaderAsync();
        using CancellationTokenSource enough = new();
        Task<List<int>>[] writers = [.. Enumerable.Range(0, Writers).Select(w => Task.Run(() => WriteAsync(w, enough.Token)))];
        foreach (Func<Task> fault in faults)
        {
            await fault();
            _proxies.ForEach(proxy => proxy.Faults = ProxyFaults.None);
        }
        foreach (RaftNode node in _cluster.Nodes)
            await UntilServedAsync(() => node.ProposeAsync(BitConverter.GetBytes(-1)).AsTask());
        await enough.CancelAsync();
        List<int> acknowledged = [.. (await Task.WhenAll(writers)).SelectMany(numbers => numbers)];
        byte[][] first = [];
        foreach (RaftNode node in _cluster.Nodes)
        {
            await UntilServedAsync(() => node.ReadBarrierAsync().AsTask());
            byte[][] commands = _cluster.Machine(node.NodeId.Value).Commands;
            first = first.Length == 0 ? commands : first;
            Assert.Equal(first, commands[..first.Length]);
        }
        int[] applied = [.. first.Select(command => BitConverter.ToInt32(command)).Where(number => number >= 0)];
        Assert.Equal(applied.Length, applied.Distinct().Count());
        Assert.Empty(acknowledged.Except(applied));
        Assert.NotEmpty(acknowledged);
        Assert.All(_cluster.Nodes, node => Assert.Null(node.Status.StopReason));
    }

    // A connection whose handshake or frame lost bytes is given up after some seconds only, which is longer than a request waits.
    private static async Task UntilServedAsync(Func<Task> request)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                await request();
                return;
            }
            catch (RaftKvException e) when (attempt < 30)
            {
                Assert.Contains(e.Error, new[] { RaftKvError.Timeout, RaftKvError.NoLeader });
            }
        }
    }

    private async Task<List<int>> WriteAsync(int writer, CancellationToken enough)
    {
        List<int> acknowledged = [];
        for (int number = writer; !enough.IsCancellationRequested; number += Writers)
        {
            try
            {
                await _cluster[1 + number / Writers % 3].ProposeAsync(BitConverter.GetBytes(number), CancellationToken.None);
                acknowledged.Add(number);
            }
            catch (RaftKvException e)
            {
                Assert.Contains(e.Error, new[] { RaftKvError.Timeout, RaftKvError.NoLeader });
            }
        }
        return acknowledged;
    }

    private MeterListener CountRefusals()
    {
        MeterListener listener = new()
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "raftkv.connection.refusals")
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, count, _, _) => Interlocked.Add(ref _counted, count));
        listener.Start();
        return listener;
    }
}
