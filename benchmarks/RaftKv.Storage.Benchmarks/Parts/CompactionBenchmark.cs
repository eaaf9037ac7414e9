using System.Diagnostics;
using RaftKv.Storage.Benchmarks.Peers;
using RaftKv.Storage.Benchmarks.Reporting;
using RaftKv.Storage.Disk;
using RaftKv.Storage.Mvcc;

namespace RaftKv.Storage.Benchmarks.Parts;

/// <summary>
/// Ten versions of each key, then everything but the newest is compacted and the file shrinks, while a writer puts small durable batches at
/// a fixed rate. A batch's latency counts from the moment it was due, so that one stall shows in all that had to wait behind it.
/// </summary>
internal sealed class CompactionBenchmark(string root, int revisions, Report report)
{
    private const int Versions = 10;
    private const int BatchKeys = 1000;
    private const int KeysPerPacedBatch = 100;
    private const double BatchesPerSecond = 200;
    private static readonly TimeSpan NormalTime = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LongestTime = TimeSpan.FromSeconds(90);

    private readonly List<double> _latencies = [];
    private readonly int[] _numbers = new Workload(revisions / Versions, scattered: true).Order(7);
    private int _at;

    public void Run()
    {
        string directory = Path.Combine(root, "compaction");
        int keys = revisions / Versions;
        var workload = new Workload(keys, scattered: true);
        using (var peer = new MvccPeer(directory))
        {
            for (int round = 0; round < Versions; round++)
            {
                int[] numbers = workload.Order((ulong)round + 1);
                for (int at = 0; at < keys; at += BatchKeys)
                    peer.Load(numbers.AsSpan(at, BatchKeys), workload);
            }
            peer.WaitForCheckpoint();
            peer.Store.Checkpoint();
            Measure(peer, workload);
        }
        Directory.Delete(directory, recursive: true);
    }

    private void Measure(MvccPeer peer, Workload workload)
    {
        double before = peer.FileBytes();
        Pace(peer, workload, () => true, NormalTime);
        double normal = Timing.Percentile(_latencies, 0.99);
        double normalWorst = _latencies.Max();
        using (MvccWriteTransaction batch = peer.Store.BeginWrite())
        {
            batch.Compact(batch.Revision);
            batch.Commit(peer.Store.Applied);
        }
        _latencies.Clear();
        long started = Stopwatch.GetTimestamp();
        Pace(peer, workload, () => TidyUp(peer), LongestTime);
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        double p99 = Timing.Percentile(_latencies, 0.99);
        Tell(p99, normal, normalWorst, seconds, before, peer);
    }

    private void Tell(double p99, double normal, double normalWorst, double seconds, double before, MvccPeer peer)
    {
        string count = revisions.ToString("N0", null);
        report.Add(new Row($"writers' p99 while {count} revisions are compacted and the file shrinks ({Row.Text(seconds)} s)", p99, "ms")
        {
            Peers = [("without", normal)],
            Target = "<= 2 x without",
            Passed = p99 <= 2 * normal,
        });
        double worst = _latencies.Max();
        report.Add(new Row("longest wait of a writer meanwhile", worst, "ms")
        {
            Peers = [("without", normalWorst)],
            Target = "<= 50",
            Passed = worst <= 50,
        });
        peer.Store.Checkpoint();
        double copy = SizeOfCopy(Path.Combine(root, "compaction"));
        double ratio = peer.FileBytes() / copy;
        report.Add(new Row($"file afterwards, from {Row.Text(before / 1e6)} MB to {Row.Text(peer.FileBytes() / 1e6)} MB", ratio, "x live data")
        {
            Target = "<= 1.3",
            Passed = ratio <= 1.3,
        });
    }

    // The live data, as large as it is when written into a new file in order.
    private static double SizeOfCopy(string directory)
    {
        using IStorageDirectory source = OsDirectory.Open(directory);
        using IStorageDirectory target = OsDirectory.Open(Path.Combine(directory, "copy"));
        StoreSalvage.Copy(source, target);
        return new FileInfo(Path.Combine(target.Path, MvccStore.FileName)).Length;
    }

    // Puts batches at their times, and does the store's housekeeping in between, until that is done and the time is over.
    private void Pace(MvccPeer peer, Workload workload, Func<bool> tidy, TimeSpan longest)
    {
        long started = Stopwatch.GetTimestamp();
        bool done = false;
        for (int batch = 0; ; batch++)
        {
            double due = batch / BatchesPerSecond;
            if (due > longest.TotalSeconds || (done && longest != NormalTime))
                return;
            while (Stopwatch.GetElapsedTime(started).TotalSeconds < due)
                done = tidy();
            peer.Load(_numbers.AsSpan(_at, KeysPerPacedBatch), workload);
            peer.Settle();
            _at = (_at + KeysPerPacedBatch) % (_numbers.Length - KeysPerPacedBatch);
            _latencies.Add((Stopwatch.GetElapsedTime(started).TotalSeconds - due) * 1000);
        }
    }

    // What a server does when nothing waits to be applied; whether all is done.
    private static bool TidyUp(MvccPeer peer)
    {
        if (peer.Store.Tidy() || peer.IsCheckpointing)
            return false;
        peer.BeginCheckpointIfDue();
        return !peer.IsCheckpointing && !peer.Store.TidyDue;
    }
}
