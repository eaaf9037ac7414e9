using System.Diagnostics;
using System.Globalization;
using RaftKv.Storage.Benchmarks.Reporting;
using RaftKv.Storage.Disk;
using RaftKv.Storage.Wal;

namespace RaftKv.Storage.Benchmarks.Parts;

/// <summary>
/// The write-ahead log beside the bare loop it stands on: append, flush, repeat, on the same disk in the same run. Each pair runs
/// in turns and the median of the rounds counts, because disks change their pace.
/// </summary>
internal sealed class WalBenchmark(string root, Report report)
{
    private const int Rounds = 7;
    private const int PayloadBytes = 256;
    private const int LargeBatchBytes = 1 << 20;
    private const int ReadEntries = 1_000_000;

    private int _directories;

    public void Run()
    {
        double one = OneProducer();
        ManyProducers(one);
        LargeBatches();
        ReadBack();
    }

    private double OneProducer()
    {
        List<double> raw = [];
        List<double> log = [];
        for (int round = 0; round < Rounds; round++)
        {
            raw.Add(RawLoop(PayloadBytes, 3000));
            log.Add(Produce(producers: 1, appendsEach: 3000));
        }

        Row("appends of 256 bytes, one producer", Timing.Median(log), "/s", ("bare loop", Timing.Median(raw)), 0.9);
        return Timing.Median(log);
    }

    private void ManyProducers(double one)
    {
        List<double> rates = [];
        for (int round = 0; round < Rounds; round++)
            rates.Add(Produce(producers: 64, appendsEach: 1000));
        Row("appends of 256 bytes, 64 producers", Timing.Median(rates), "/s", ("one producer", one), 15);
    }

    /// <summary>With a second producer one batch is prepared while the other is flushed, as in a server.</summary>
    private void LargeBatches()
    {
        List<double> raw = [];
        List<double> one = [];
        List<double> two = [];
        for (int round = 0; round < Rounds; round++)
        {
            raw.Add(RawLoop(LargeBatchBytes, 128) * LargeBatchBytes / 1e6);
            one.Add(ProduceLarge(producers: 1, batchesEach: 128) * LargeBatchBytes / 1e6);
            two.Add(ProduceLarge(producers: 2, batchesEach: 64) * LargeBatchBytes / 1e6);
        }

        (string, double) bare = ("bare loop", Timing.Median(raw));
        Row("batches of 1 MiB, 16 entries each, one producer", Timing.Median(one), "MB/s", bare, null);
        Row("batches of 1 MiB, 16 entries each, two producers", Timing.Median(two), "MB/s", bare, 0.8);
    }

    private void ReadBack()
    {
        using IStorageDirectory directory = NewDirectory();
        using WriteAheadLog log = WriteAheadLog.Open(directory, new WalOptions());
        byte[] payload = RandomBytes(PayloadBytes);
        WalBatch batch = new();
        for (long index = 1; index <= ReadEntries; index++)
        {
            batch.AddEntry(1, index, 1, 0, payload);
            if (index % 10_000 != 0)
                continue;
            log.Append(batch);
            batch.Clear();
        }

        List<double> rates = [];
        List<WalEntry> entries = [];
        for (int round = 0; round < Rounds; round++)
        {
            long start = Stopwatch.GetTimestamp();
            long bytes = 0;
            for (long next = 1; next <= ReadEntries;)
            {
                entries.Clear();
                next += log.Read(1, next, ReadEntries, 1 << 20, entries);
                foreach (WalEntry entry in entries)
                    bytes += entry.Payload.Length;
            }

            rates.Add(bytes / 1e6 / Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        double median = Timing.Median(rates);
        report.Add(new Row("reading back 1,000,000 entries of 256 bytes", median, "MB/s") { Target = "> 1,000", Passed = median > 1000 });
    }

    /// <summary>Flushed writes behind each other on a file prepared like a segment; returns writes per second.</summary>
    private double RawLoop(int bytes, int count)
    {
        using IStorageDirectory directory = NewDirectory();
        using IStorageFile file = directory.Create("raw");
        file.SetLength(Math.Max(64L << 20, (long)bytes * count));
        file.Write(0, new byte[4096]);
        file.Flush();
        directory.Flush();
        byte[] payload = RandomBytes(bytes);
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < count; i++)
        {
            file.Write((long)i * bytes, payload);
            file.Flush();
        }

        return count / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private double Produce(int producers, int appendsEach)
    {
        byte[] payload = RandomBytes(PayloadBytes);
        return Race(producers, (log, group) =>
        {
            WalBatch batch = new();
            for (int i = 1; i <= appendsEach; i++)
            {
                batch.Clear();
                batch.AddEntry(group, i, 1, 0, payload);
                log.Append(batch);
            }

            return appendsEach;
        });
    }

    private double ProduceLarge(int producers, int batchesEach)
    {
        byte[] payload = RandomBytes(LargeBatchBytes / 16);
        return Race(producers, (log, group) =>
        {
            WalBatch batch = new();
            for (int i = 0; i < batchesEach; i++)
            {
                batch.Clear();
                for (int part = 1; part <= 16; part++)
                    batch.AddEntry(group, (i * 16) + part, 1, 0, payload);
                log.Append(batch);
            }

            return batchesEach;
        });
    }

    /// <summary>Runs producers on a new log at once; returns appends per second of all together.</summary>
    private double Race(int producers, Func<WriteAheadLog, int, int> produce)
    {
        using IStorageDirectory directory = NewDirectory();
        using WriteAheadLog log = WriteAheadLog.Open(directory, new WalOptions());
        using Barrier ready = new(producers + 1);
        int appends = 0;
        Thread[] threads = [.. Enumerable.Range(1, producers).Select(group => new Thread(() =>
        {
            ready.SignalAndWait();
            Interlocked.Add(ref appends, produce(log, group));
        }))];
        foreach (Thread thread in threads)
            thread.Start();
        ready.SignalAndWait();
        long start = Stopwatch.GetTimestamp();
        foreach (Thread thread in threads)
            thread.Join();
        return appends / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private IStorageDirectory NewDirectory() =>
        OsDirectory.Open(Path.Combine(root, (_directories++).ToString(CultureInfo.InvariantCulture)));

    private static byte[] RandomBytes(int count)
    {
        byte[] bytes = new byte[count];
        new Random(1).NextBytes(bytes);
        return bytes;
    }

    private void Row(string what, double measured, string unit, (string Name, double Figure) beside, double? ratioMin) =>
        report.Add(new Row(what, measured, unit)
        {
            Peers = [beside],
            Target = ratioMin is null ? "" : $">= {ratioMin} x {beside.Name}",
            Passed = ratioMin is null ? null : measured >= ratioMin * beside.Figure,
        });
}
