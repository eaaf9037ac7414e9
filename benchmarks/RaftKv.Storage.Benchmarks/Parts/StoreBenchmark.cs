using RaftKv.Storage.Benchmarks.Peers;
using RaftKv.Storage.Benchmarks.Reporting;

namespace RaftKv.Storage.Benchmarks.Parts;

/// <summary>Loads and reads the stores side by side. Loads are durable batches of 1,000, reads are hot.</summary>
internal sealed class StoreBenchmark(string root, int count, IReadOnlyList<PeerKind> kinds, Report report)
{
    private const int BatchKeys = 1000;

    private readonly Dictionary<(string What, string Store), double> _figures = [];

    /// <summary>Ascending keys: the load and the file.</summary>
    public void RunAscending()
    {
        foreach (PeerKind kind in kinds)
            Run(kind, new Workload(count, scattered: false), _ => { });
        Tell("load, ascending", PeerKind.Tree, "keys/s", ">= 800,000", load => load >= 800_000);
        TellAtLeast("load, ascending", PeerKind.Mvcc, "keys/s", 0.5, PeerKind.Tree);
        TellFile("ascending");
    }

    /// <summary>Random keys: the load, the file, puts over what is there, and reads.</summary>
    public void RunRandom()
    {
        var workload = new Workload(count, scattered: true);
        foreach (PeerKind kind in kinds)
            Run(kind, workload, peer => ReadAndPut(kind, peer, workload));
        Tell("load, random", PeerKind.Tree, "keys/s", ">= 250,000", load => load >= 250_000);
        TellAtLeast("load, random", PeerKind.Mvcc, "keys/s", 0.5, PeerKind.Tree);
        Tell("puts over existing keys, random", PeerKind.Mvcc, "keys/s", ">= half of its load",
            rate => rate >= 0.5 * Figure("load, random", PeerKind.Mvcc));
        TellFile("random");
        TellReads();
    }

    private void TellFile(string order)
    {
        Tell($"file after the load, {order}", PeerKind.Tree, "x raw bytes", "<= 1.3", ratio => ratio <= 1.3);
        Tell($"file after the load, {order}", PeerKind.Mvcc, "x raw bytes", "", null);
    }

    private void TellReads()
    {
        foreach (string store in new[] { PeerKind.Tree, PeerKind.Mvcc })
        {
            foreach (string what in new[] { "point reads, 1 thread", "point reads, 2 threads" })
                TellAtLeast(what, store, "/s", 1, PeerKind.LmdbName);
            Tell("bytes allocated per point read", store, "", "0", bytes => bytes < 0.01);
        }
        TellAtLeast("ranges of 100", PeerKind.Tree, "/s", 1, PeerKind.LmdbName);
        Tell("ranges of 100", PeerKind.Mvcc, "/s", "", null);
        Tell("full scan", PeerKind.Tree, "GB/s", ">= 2", rate => rate >= 2);
        Tell("full scan", PeerKind.Mvcc, "GB/s", "", null);
    }

    private void Run(PeerKind kind, Workload workload, Action<IPeer> then)
    {
        string order = workload.Name;
        string directory = Path.Combine(root, $"{kind.Name}-{order}".Replace(' ', '-'));
        Directory.CreateDirectory(directory);
        using (IPeer peer = kind.Open(directory))
        {
            Put($"load, {order}", kind, Load(peer, workload.Order(1, ascending: true), workload));
            peer.Finish();
            Put($"file after the load, {order}", kind, peer.FileBytes() / (double)((long)count * Workload.EntryBytes));
            then(peer);
        }
        Directory.Delete(directory, recursive: true);
    }

    private void ReadAndPut(PeerKind kind, IPeer peer, Workload workload)
    {
        int[] numbers = workload.Order(2);
        int[] others = workload.Order(3);
        peer.PointReads(numbers, workload);
        Put("point reads, 1 thread", kind, Timing.BestRate(count, () => peer.PointReads(numbers, workload)));
        Put("point reads, 2 threads", kind, Timing.BestRate(2.0 * count, () =>
        {
            var other = new Thread(() => peer.PointReads(numbers, workload));
            other.Start();
            peer.PointReads(others, workload);
            other.Join();
        }));
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        peer.PointReads(numbers, workload);
        Put("bytes allocated per point read", kind, (GC.GetAllocatedBytesForCurrentThread() - allocated) / (double)count);
        int[] starts = numbers[..(count / 10)];
        Put("ranges of 100", kind, Timing.BestRate(starts.Length, () => peer.Ranges(starts, workload)));
        Put("full scan", kind, Timing.BestRate(peer.Scan() / 1e9, () => peer.Scan()));
        if (peer is LoggedPeer)
            Put("puts over existing keys, random", kind, Load(peer, workload.Order(5), workload));
    }

    private static double Load(IPeer peer, int[] numbers, Workload workload) => numbers.Length / Timing.Milliseconds(() =>
    {
        for (int at = 0; at < numbers.Length; at += BatchKeys)
            peer.Load(numbers.AsSpan(at, Math.Min(BatchKeys, numbers.Length - at)), workload);
        peer.Settle();
    }) * 1000;

    private double Figure(string what, string store) => _figures[(what, store)];

    private void TellAtLeast(string what, string store, string unit, double ratioMin, string peer)
    {
        Func<double, bool>? meets = null;
        if (_figures.TryGetValue((what, peer), out double beside))
            meets = figure => figure >= ratioMin * beside;
        Tell(what, store, unit, ratioMin == 1 ? $">= {peer}" : $">= {Row.Text(ratioMin)} x {peer}", meets);
    }

    private void Put(string what, PeerKind kind, double figure)
    {
        _figures[(what, kind.Name)] = figure;
        Console.Error.WriteLine($"    {kind.Name}: {what}: {Row.Text(figure)}");
    }

    private void Tell(string what, string store, string unit, string target, Func<double, bool>? meets)
    {
        if (!_figures.TryGetValue((what, store), out double measured))
            return;
        report.Add(new Row($"{what}: {store}", measured, unit)
        {
            Peers = [.. kinds.Where(kind => kind.Name != store && _figures.GetValueOrDefault((what, kind.Name)) > 0.01)
                .Select(kind => (kind.Name, Figure(what, kind.Name)))],
            Target = target,
            Passed = meets?.Invoke(measured),
        });
    }
}
