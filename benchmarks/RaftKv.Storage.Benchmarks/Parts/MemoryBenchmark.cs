using System.Diagnostics;
using System.Globalization;
using RaftKv.Storage.Benchmarks.Peers;
using RaftKv.Storage.Benchmarks.Reporting;

namespace RaftKv.Storage.Benchmarks.Parts;

/// <summary>
/// A store several times larger than the memory it was given is loaded, read at random and put over at random, in a process of its own; that
/// reports what its page cache took, how far the process has grown at its largest, and how much of that is the managed heap.
/// </summary>
internal sealed class MemoryBenchmark(string root, int count, Report report)
{
    private const string Command = "grow";
    private const long BudgetBytes = 64L << 20;
    private const int BatchKeys = 1000;

    public void Run()
    {
        string directory = Path.Combine(root, "memory");
        using Process process = ChildProcess.Start(Command, directory, count);
        string[] figures = process.StandardOutput.ReadToEnd().Split(' ');
        process.WaitForExit();
        double[] bytes = [.. figures.Select(figure => double.Parse(figure, CultureInfo.InvariantCulture))];
        string store = $"with a store of {Row.Text(bytes[0] / BudgetBytes)} times the budget of {BudgetBytes >> 20} MiB";
        report.Add(new Row($"native memory of the page cache at its most, {store}", bytes[1] / BudgetBytes, "x budget")
        {
            Target = "<= 1",
            Passed = bytes[1] <= BudgetBytes,
        });
        report.Add(new Row($"growth of the process at its largest, {store}", bytes[2] / BudgetBytes, "x budget"));
        string live = Row.Text(bytes[4] / (1 << 20));
        report.Add(new Row($"of that the managed heap as the runtime keeps it; {live} MiB of it are alive", bytes[3] / BudgetBytes, "x budget"));
        Directory.Delete(directory, recursive: true);
    }

    /// <summary>What the process of its own does; whether the arguments ask for that.</summary>
    public static bool RunAsChild(string[] args)
    {
        if (args.Length != 3 || args[0] != Command)
            return false;
        using var process = Process.GetCurrentProcess();
        long before = process.PeakWorkingSet64;
        int count = int.Parse(args[2], CultureInfo.InvariantCulture);
        var workload = new Workload(count, scattered: true);
        using var peer = new MvccPeer(args[1], BudgetBytes);
        long most = 0;
        foreach (int[] numbers in new[] { workload.Order(1, ascending: true), workload.Order(2) })
        {
            for (int at = 0; at < count; at += BatchKeys)
            {
                peer.Load(numbers.AsSpan(at, BatchKeys), workload);
                peer.Settle();
                most = Math.Max(most, peer.Store.MemoryBytes);
            }
            peer.PointReads(numbers, workload);
            most = Math.Max(most, peer.Store.MemoryBytes);
        }
        peer.Finish();
        process.Refresh();
        long growth = process.PeakWorkingSet64 - before;
        long heap = GC.GetGCMemoryInfo().TotalCommittedBytes;
        long live = GC.GetTotalMemory(forceFullCollection: true);
        Console.Write(string.Create(CultureInfo.InvariantCulture, $"{peer.FileBytes()} {most} {growth} {heap} {live}"));
        return true;
    }
}
