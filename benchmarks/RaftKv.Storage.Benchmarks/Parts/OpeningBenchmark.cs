using System.Diagnostics;
using System.Globalization;
using RaftKv.Storage.Benchmarks.Peers;
using RaftKv.Storage.Benchmarks.Reporting;

namespace RaftKv.Storage.Benchmarks.Parts;

/// <summary>
/// How long opening takes: log, store, and applying what the log holds beyond the last checkpoint. The data is written by a process of its
/// own, which is killed with SIGKILL when the next checkpoint falls due while puts go on, after three million puts at the latest: then there
/// is the most to replay.
/// </summary>
internal sealed class OpeningBenchmark(string root, Report report)
{
    private const int BatchKeys = 1000;
    private const int BatchesMax = 3000;
    private const string FillCommand = "fill";
    private const string PutNewCommand = "put-new-until-killed";
    private const string PutOverCommand = "put-over-until-killed";

    public void Run(int count)
    {
        string directory = Path.Combine(root, count.ToString(CultureInfo.InvariantCulture));
        string keys = count.ToString("N0", CultureInfo.InvariantCulture);
        using (Process fill = ChildProcess.Start(FillCommand, directory, count))
            fill.WaitForExit();
        Opened clean = Open(directory);
        report.Add(new Row($"opening {keys} keys after a clean stop (log {Row.Text(clean.Log)}, store {Row.Text(clean.Store)} ms)", clean.Total, "ms")
        {
            Target = "< 50",
            Passed = clean.Total < 50,
        });
        Kill(PutNewCommand, $"{keys} keys while new keys were put in order", directory, count);
        Kill(PutOverCommand, $"{keys} keys while keys were put over at random", directory, count);
        Directory.Delete(directory, recursive: true);
    }

    private void Kill(string command, string what, string directory, int count)
    {
        long acknowledged = PutAndKill(command, directory, count);
        Opened killed = Open(directory);
        if (killed.Index < acknowledged)
            throw new InvalidOperationException($"Batch {acknowledged} was acknowledged, the log ends at {killed.Index}.");
        string parts = $"log {Row.Text(killed.Log)}, store {Row.Text(killed.Store)}, replay of {killed.Replayed * BatchKeys:N0} puts "
            + Row.Text(killed.Replay);
        report.Add(new Row($"opening after kill -9, {what} ({parts} ms)", killed.Total, "ms")
        {
            Target = "< 500",
            Passed = killed.Total < 500,
        });
    }

    /// <summary>What the process of its own does; whether the arguments ask for that.</summary>
    public static bool RunAsChild(string[] args)
    {
        if (args.Length != 3 || args[0] is not (FillCommand or PutNewCommand or PutOverCommand))
            return false;
        int count = int.Parse(args[2], CultureInfo.InvariantCulture);
        using var peer = new MvccPeer(args[1]);
        var workload = new Workload(count, scattered: false);
        if (args[0] == FillCommand)
            Fill(peer, workload, count);
        else
            PutUntilKilled(peer, workload, args[0] == PutNewCommand ? NewKeys(count) : OldKeys(workload));
        return true;
    }

    private static void Fill(MvccPeer peer, Workload workload, int count)
    {
        int[] numbers = workload.Order(1, ascending: true);
        for (int at = 0; at < count; at += BatchKeys)
            peer.Load(numbers.AsSpan(at, BatchKeys), workload);
        peer.Finish();
    }

    private static void PutUntilKilled(MvccPeer peer, Workload workload, IEnumerable<int[]> batches)
    {
        foreach (int[] numbers in batches)
        {
            bool due = peer.Store.CheckpointDue;
            peer.Load(numbers, workload);
            peer.Settle();
            Console.WriteLine($"{peer.Index} {(!due && peer.Store.CheckpointDue ? "due" : "")}");
        }
    }

    private static IEnumerable<int[]> NewKeys(int from)
    {
        for (; ; from += BatchKeys)
            yield return [.. Enumerable.Range(from, BatchKeys)];
    }

    private static IEnumerable<int[]> OldKeys(Workload workload)
    {
        int[] numbers = workload.Order(9);
        for (int at = 0; ; at = (at + BatchKeys) % numbers.Length)
            yield return numbers[at..(at + BatchKeys)];
    }

    // The second time that a checkpoint falls due there is one before it, and everything since is in the log alone. On a machine so busy that
    // one is due all the time, the writer is slowed down and some moment is as good as any other.
    private static long PutAndKill(string command, string directory, int count)
    {
        using Process process = ChildProcess.Start(command, directory, count);
        long acknowledged = 0;
        long last = 0;
        for (int due = 0; due < 2 && (last == 0 || acknowledged < last);)
        {
            string line = process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("The writing process ended by itself.");
            acknowledged = long.Parse(line.Split(' ')[0], CultureInfo.InvariantCulture);
            last = last == 0 ? acknowledged + BatchesMax : last;
            due += line.EndsWith("due", StringComparison.Ordinal) ? 1 : 0;
        }
        process.Kill();
        process.WaitForExit();
        return acknowledged;
    }

    private static Opened Open(string directory)
    {
        MvccPeer? peer = null;
        double log = Timing.Milliseconds(() => peer = new MvccPeer(directory));
        long durable = 0;
        double store = Timing.Milliseconds(() => durable = peer!.Store.Durable.Index);
        long replayed = 0;
        double replay = Timing.Milliseconds(() => replayed = peer!.Replay(durable));
        long index = peer!.Index;
        peer.Dispose();
        return new Opened(log, store, replay, replayed, index);
    }

    private sealed record Opened(double Log, double Store, double Replay, long Replayed, long Index)
    {
        public double Total => Log + Store + Replay;
    }
}
