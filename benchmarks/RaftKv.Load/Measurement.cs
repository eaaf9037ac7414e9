using System.Diagnostics;
using System.Globalization;
using RaftKv.Node;

namespace RaftKv.Load;

/// <summary>One figure: clients that each have one request under way, for a while.</summary>
internal sealed class Measurement(LoadOptions options, LoadCluster cluster, int clients)
{
    private readonly byte[] _payload = new byte[options.Size];
    private long _warmEnd;
    private long _end;
    private long _failed;

    public async Task<string> RunAsync()
    {
        RaftNode[] targets = options.ViaAll ? cluster.Nodes : [cluster.Leader];
        long now = Stopwatch.GetTimestamp();
        _warmEnd = now + Stopwatch.Frequency * 2;
        _end = _warmEnd + Stopwatch.Frequency * options.Seconds;
        Task<List<long>>[] running = new Task<List<long>>[clients];
        for (int i = 0; i < clients; i++)
        {
            RaftNode target = targets[i % targets.Length];
            running[i] = Task.Run(() => ClientAsync(target));
        }
        await Task.Delay(TimeSpan.FromSeconds(2));
        long allocated = GC.GetTotalAllocatedBytes();
        TimeSpan processor = Process.GetCurrentProcess().TotalProcessorTime;
        TimeSpan paused = GC.GetTotalPauseDuration();
        await Task.Delay(TimeSpan.FromSeconds(options.Seconds));
        allocated = GC.GetTotalAllocatedBytes() - allocated;
        processor = Process.GetCurrentProcess().TotalProcessorTime - processor;
        paused = GC.GetTotalPauseDuration() - paused;
        List<long> ticks = [.. (await Task.WhenAll(running)).SelectMany(list => list)];
        ticks.Sort();
        double cores = processor.TotalSeconds / options.Seconds;
        double perSecond = ticks.Count / (double)options.Seconds;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{clients,6} clients {perSecond,10:N0}/s"
            + $"  p50 {Micros(ticks, 0.50),8:N0} us  p99 {Micros(ticks, 0.99),8:N0} us  max {Micros(ticks, 1),8:N0} us"
            + $"  {allocated / Math.Max(1, ticks.Count),6:N0} B each  {cores,4:N2} cores"
            + $"  {paused.TotalMilliseconds / options.Seconds,4:N0} ms/s collecting  {_failed} failed");
    }

    private static double Micros(List<long> sorted, double part) =>
        sorted.Count == 0 ? 0 : sorted[(int)(part * (sorted.Count - 1))] * 1e6 / Stopwatch.Frequency;

    // Returns how long each request after the warm-up took.
    private async Task<List<long>> ClientAsync(RaftNode node)
    {
        List<long> took = [];
        while (true)
        {
            long start = Stopwatch.GetTimestamp();
            if (start >= _end)
                return took;
            try
            {
                if (options.Reads)
                    await node.ReadBarrierAsync();
                else
                    await node.ProposeAsync(_payload);
            }
            catch (RaftKvException)
            {
                Interlocked.Increment(ref _failed);
                continue;
            }
            if (start >= _warmEnd)
                took.Add(Stopwatch.GetTimestamp() - start);
        }
    }
}
