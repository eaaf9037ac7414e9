using System.Diagnostics;
using RaftKv.Store.Benchmarks;

// Usage: [directory] [keys] [peers, comma separated: lmdb,tree,mvcc] [page size]
// Prints one line per figure. Load: durable batches of 1,000. Reads: everything hot.
string root = args.Length > 0 ? args[0] : Path.Combine(Path.GetTempPath(), "raftkv-store-benchmarks");
int count = args.Length > 1 ? int.Parse(args[1], null) : 1_000_000;
string peers = args.Length > 2 ? args[2] : "lmdb,tree,mvcc";
int pageSizeBytes = args.Length > 3 ? int.Parse(args[3], null) : 4096;
var bench = new Bench(root, count, pageSizeBytes);
foreach (string peer in peers.Split(','))
    bench.Run(peer, scattered: false);
foreach (string peer in peers.Split(','))
    bench.Run(peer, scattered: true);

internal sealed class Bench(string root, int count, int pageSizeBytes)
{
    private const int BatchKeys = 1000;

    public void Run(string kind, bool scattered)
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
        _ => new MvccPeer(directory, pageSizeBytes),
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
