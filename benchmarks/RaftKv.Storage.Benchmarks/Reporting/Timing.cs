using System.Diagnostics;

namespace RaftKv.Storage.Benchmarks.Reporting;

/// <summary>How long something takes.</summary>
internal static class Timing
{
    public static double Milliseconds(Action action)
    {
        long started = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }

    /// <summary>The best of three rounds, as an amount per second.</summary>
    public static double BestRate(double amount, Action action)
    {
        double best = double.MaxValue;
        for (int round = 0; round < 3; round++)
            best = Math.Min(best, Milliseconds(action));
        return amount / best * 1000;
    }

    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }

    /// <summary>The value that a share of all values do not exceed.</summary>
    public static double Percentile(IEnumerable<double> values, double share)
    {
        double[] sorted = [.. values.Order()];
        return sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * share))];
    }
}
