using System.Diagnostics;
using System.Runtime;
using RaftKv.Node;

namespace RaftKv.Load;

/// <summary>Clients that each have one request under way, for a while, measured once the code under them is compiled as it stays.</summary>
internal static class ClosedLoop
{
    // The runtime compiles busy methods anew beside the load. On few processors that is what the slowest requests of the first seconds wait for.
    private const int MethodsPerSecondAtRest = 20;
    private const int WarmUpSecondsMax = 15;

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
        long warmEnd = long.MaxValue;
        long end = long.MaxValue;
        long failed = 0;
        Task<List<long>>[] running = [.. Enumerable.Range(0, clients).Select(client => Task.Run(() => ClientAsync(client)))];
        await WarmUpAsync();
        using Process process = Process.GetCurrentProcess();
        long allocated = GC.GetTotalAllocatedBytes();
        TimeSpan processor = process.TotalProcessorTime;
        Volatile.Write(ref warmEnd, Stopwatch.GetTimestamp());
        Volatile.Write(ref end, warmEnd + Stopwatch.Frequency * seconds);
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
            for (long start = Stopwatch.GetTimestamp(); start < Volatile.Read(ref end); start = Stopwatch.GetTimestamp())
            {
                try
                {
                    await request(client);
                    if (start >= Volatile.Read(ref warmEnd))
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

    private static async Task WarmUpAsync()
    {
        long compiled = JitInfo.GetCompiledMethodCount();
        for (int second = 0; second < WarmUpSecondsMax; second++)
        {
            await Task.Delay(TimeSpan.FromSeconds(1));
            long now = JitInfo.GetCompiledMethodCount();
            if (now - compiled < MethodsPerSecondAtRest)
                break;
            compiled = now;
        }
    }
}
