using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using RaftKv.Node.Tests.Support;

namespace RaftKv.Node.Tests.Runtime;

/// <summary>Source: docs/metrics.md.</summary>
public sealed class TelemetryTests : IDisposable
{
    private const string Name = "RaftKv.Node";

    private static readonly TimeSpan RequestTime = Until.Patience;

    private readonly TestDirectory _directory = new();
    private readonly string _cluster = Guid.NewGuid().ToString("N");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_a_node_does_can_be_measured()
    {
        ConcurrentDictionary<string, double> seen = new();
        using MeterListener listener = Listen(seen);
        RaftNodeOptions options = new()
        {
            DataDirectory = _directory.Path,
            ClusterId = _cluster,
            PayloadBytesMax = 10,
            RequestTimeout = RequestTime,
            TickInterval = TimeSpan.FromSeconds(2),     // a disk that takes its time makes nobody lead anew
        };
        await using RaftNode node = await RaftNode.StartAsync(options, new ListMachine(), Token);
        for (int i = 0; i < 5; i++)
            await node.ProposeAsync(new byte[10], Token);
        await node.ReadBarrierAsync(Token);
        await Assert.ThrowsAsync<RaftKvException>(() => node.ProposeAsync(new byte[11], Token).AsTask());
        await Until.True(() => node.Status.Applied.Value == 8, "the status is published");
        listener.RecordObservableInstruments();
        Assert.Equal(5, seen["raftkv.proposals applied"]);
        Assert.Equal(1, seen["raftkv.reads confirmed"]);
        Assert.Equal(1, seen["raftkv.refusals TooLarge"]);
        Assert.Equal(1, seen["raftkv.elections"]);
        Assert.Equal(1, seen["raftkv.leader.changes"]);
        Assert.Equal(8, seen["raftkv.apply.batch"]);
        Assert.Equal(8, seen["raftkv.commit.index"]);
        Assert.Equal(8, seen["raftkv.applied.index"]);
        Assert.Equal(0, seen["raftkv.apply.lag"]);
        Assert.Equal((int)Raft.Role.Leader, seen["raftkv.role"]);
        Assert.Equal(1, seen["raftkv.groups"]);
        foreach (string duration in (string[])["proposal.duration applied", "read.duration confirmed", "commit.duration", "log.write.duration"])
            Assert.True(seen[$"raftkv.{duration}"] > 0, duration);
    }

    [Fact]
    public async Task A_request_can_be_traced_and_says_how_it_ended()
    {
        ConcurrentQueue<Activity> ended = new();
        using ActivityListener listener = new()
        {
            ShouldListenTo = source => source.Name == Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = ended.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        RaftNodeOptions options = new()
        {
            DataDirectory = _directory.Path, NodeId = new Raft.NodeId(4711), PayloadBytesMax = 10, RequestTimeout = RequestTime,
        };
        await using RaftNode node = await RaftNode.StartAsync(options, new ListMachine(), Token);
        await node.ProposeAsync(new byte[1], Token);
        await node.ReadBarrierAsync(Token);
        await Assert.ThrowsAsync<RaftKvException>(() => node.ProposeAsync(new byte[11], Token).AsTask());
        Activity[] own = [.. ended.Where(activity => Equals(activity.GetTagItem("raftkv.node"), 4711L))];
        Assert.Equal(["raftkv.propose", "raftkv.read_barrier", "raftkv.propose"], own.Select(activity => activity.OperationName));
        Assert.Equal((ActivityStatusCode.Unset, ActivityStatusCode.Error), (own[0].Status, own[2].Status));
        Assert.Equal("TooLarge", own[2].GetTagItem("raftkv.error"));
    }

    public void Dispose() => _directory.Dispose();

    // Sums what this test's cluster records, by name and outcome; of states it keeps the last.
    private MeterListener Listen(ConcurrentDictionary<string, double> seen)
    {
        MeterListener listener = new()
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == Name && instrument.Meter.Tags!.Any(tag => Equals(tag.Value, _cluster)))
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Record(instrument, value, tags));
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Record(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Record(instrument, value, tags));
        listener.Start();
        return listener;

        void Record(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            string name = instrument.Name;
            foreach ((string key, object? tag) in tags)
                name += key is "raftkv.outcome" or "raftkv.error" ? $" {tag}" : "";
            seen.AddOrUpdate(name, value, (_, before) => instrument.IsObservable ? value : before + value);
        }
    }
}
