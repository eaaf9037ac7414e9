using System.Diagnostics;
using RaftKv.Node;

namespace RaftKv.Load;

/// <summary>Clients that each have one request under way, for a while.</summary>
internal static class ClosedLoop
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);

    /// <summary>Runs clients; each calls the request over and over with its own number.</summary>
    public static Task<Sample> RunAsync(int clients, int seconds, Func<int, ValueTask> request) =>
        RunAsync(clients, seconds, async client =>
        {
            await request(client);
            return true;
        });

    /// <summary>As the other one, for requests with a result; allocates nothing for each.</summary>
    public static async Task<Sample> RunAsync<T>(int clients, int seconds, Func<int, ValueTask<T>> request)
    {
        long warmEnd = Stopwatch.GetTimestamp() + (long)(WarmUp.TotalSeconds * Stopwatch.Frequency);
        long end = warmEnd + Stopwatch.Frequency * seconds;
        long failed = 0;
        Task<List<long>>[] running = [.. Enumerable.Range(0, clients).Select(client => Task.Run(() => ClientAsync(client)))];
        await Task.Delay(WarmUp);
        using Process process = Process.GetCurrentProcess();
        long allocated = GC.GetTotalAllocatedBytes();
        TimeSpan processor = process.TotalProcessorTime;
        await Task.Delay(TimeSpan.FromSeconds(seconds));
        allocated = GC.GetTotalAllocatedBytes() - allocated;
        process.Refresh();
        processor = process.TotalProcessorTime - processor;
        List<long> took = [.. (await Task.WhenAll(running)).SelectMany(list => list)];
        took.Sort();
        return new Sample(took, seconds)
        {
            Failed = failed,
            BytesEach = allocated / (double)Math.Max(1, took.Count),
            Cores = processor.TotalSeconds / seconds,
        };

        async Task<List<long>> ClientAsync(int client)
        {
            List<long> ticks = [];
            for (long start = Stopwatch.GetTimestamp(); start < end; start = Stopwatch.GetTimestamp())
            {
                try
                {
                    await request(client);
                    if (start >= warmEnd)
                        ticks.Add(Stopwatch.GetTimestamp() - start);
                }
                catch (Exception e) when (e is RaftKvException or HttpRequestException)
                {
                    Interlocked.Increment(ref failed);
                }
            }
            return ticks;
        }
    }
}
