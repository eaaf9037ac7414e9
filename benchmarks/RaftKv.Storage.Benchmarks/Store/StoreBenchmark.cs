using System.Diagnostics;

namespace RaftKv.Storage.Benchmarks.Store;

/// <summary>Loads, reads and reopens the stores side by side; one line per figure. Loads are durable batches, reads are hot.</summary>
internal sealed class StoreBenchmark(string root, int count, int pageSizeBytes)
{
    private const int BatchKeys = 1000;

    /// <summary>Measures the named stores, each after an ascending and after a random load.</summary>
    public void Run(IReadOnlyList<string> kinds)
    {
        foreach (bool scattered in new[] { false, true })
        {
            foreach (string kind in kinds)
                Run(kind, scattered);
        }
    }

    private void Run(string kind, bool scattered)
    {
        string directory = Path.Combine(root, $"{kind}-{(scattered ? "random" : "ascending")}");
        if (Directory.Exists(directory))
            Directory.Delete(directory, recursive: true);
        Directory.CreateDirectory(directory);
        var workload = new Workload(count, scattered);
        string order = scattered ? "random" : "ascending";
        IPeer peer = Open(kind, directory);
        int[] numbers = workload.Order(1, ascending: true);
        Load($"load {order}, keys/s", peer, numbers, workload);
        Print(peer, $"file after {order} load, MB", peer.FileBytes() / 1e6);
        long shrinking = Stopwatch.GetTimestamp();
        peer.Shrink();
        Print(peer, "  shrinking, ms", Stopwatch.GetElapsedTime(shrinking).TotalMilliseconds);
        Print(peer, "  file after that, MB", peer.FileBytes() / 1e6);
        if (scattered)
            Reads(peer, workload);
        if (scattered && kind == "mvcc")
            Load("put over existing keys, keys/s", peer, workload.Order(5), workload);
        peer.Dispose();
        long started = Stopwatch.GetTimestamp();
        peer = Open(kind, directory);
        Print(peer, $"opening after {order} load, ms", Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        peer.Dispose();
    }

    private IPeer Open(string kind, string directory) => kind switch
    {
        "lmdb" => new LmdbPeer(directory),
        "tree" => new TreePeer(directory, pageSizeBytes),
        "mvcc" => new MvccPeer(directory, pageSizeBytes),
        _ => throw new ArgumentException($"'{kind}' is no store that is measured here; lmdb, tree and mvcc are."),
    };

    private static void Load(string what, IPeer peer, int[] numbers, Workload workload)
    {
        long started = Stopwatch.GetTimestamp();
        double slowest = 0;
        for (int at = 0; at < numbers.Length; at += BatchKeys)
        {
            long began = Stopwatch.GetTimestamp();
            peer.Load(numbers.AsSpan(at, Math.Min(BatchKeys, numbers.Length - at)), workload);
            slowest = Math.Max(slowest, Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }
        Print(peer, what, numbers.Length / Stopwatch.GetElapsedTime(started).TotalSeconds);
        Print(peer, "  slowest batch, ms", slowest);
        started = Stopwatch.GetTimestamp();
        peer.Finish();
        Print(peer, "  last checkpoint, ms", Stopwatch.GetElapsedTime(started).TotalMilliseconds);
    }

    private static void Reads(IPeer peer, Workload workload)
    {
        int[] numbers = workload.Order(2);
        int[] others = workload.Order(3);
        peer.PointReads(numbers, workload);
        Best(peer, "random point reads, 1 thread, 1/s", numbers.Length, () => peer.PointReads(numbers, workload));
        Best(peer, "random point reads, 2 threads, 1/s", 2 * numbers.Length, () =>
        {
            var other = new Thread(() => peer.PointReads(numbers, workload));
            other.Start();
            long found = peer.PointReads(others, workload);
            other.Join();
            return found;
        });
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        peer.PointReads(numbers, workload);
        Print(peer, "bytes allocated per point read", (GC.GetAllocatedBytesForCurrentThread() - allocated) / (double)numbers.Length);
        int[] starts = numbers.AsSpan(0, numbers.Length / 10).ToArray();
        Best(peer, "ranges of 100, 1/s", starts.Length, () => peer.Ranges(starts, workload));
        double bytes = peer.Scan();
        Best(peer, "full scan, GB/s", bytes / 1e9, peer.Scan);
    }

    private static void Best(IPeer peer, string what, double amount, Func<long> run)
    {
        double best = 0;
        for (int i = 0; i < 3; i++)
        {
            long started = Stopwatch.GetTimestamp();
            run();
            best = Math.Max(best, amount / Stopwatch.GetElapsedTime(started).TotalSeconds);
        }
        Print(peer, what, best);
    }

    private static void Print(IPeer peer, string what, double figure)
        => Console.WriteLine($"{peer.Name,-12} {what,-40} {figure.ToString(figure < 100 ? "F2" : "N0", null),14}");
}
