using System.Diagnostics;

namespace RaftKv.Load;

/// <summary>What a closed loop of clients saw.</summary>
/// <param name="sortedTicks">How long each request took, in ticks of <see cref="Stopwatch"/>.</param>
/// <param name="seconds">How long it was measured.</param>
internal sealed class Sample(List<long> sortedTicks, double seconds)
{
    public double PerSecond => sortedTicks.Count / seconds;

    public int Count => sortedTicks.Count;

    public required long Failed { get; init; }

    /// <summary>Bytes allocated by the whole process for each request.</summary>
    public required double BytesEach { get; init; }

    /// <summary>Processor time over time.</summary>
    public required double Cores { get; init; }

    public double Millis(double part) =>
        sortedTicks.Count == 0 ? 0 : sortedTicks[(int)(part * (sortedTicks.Count - 1))] * 1e3 / Stopwatch.Frequency;
}
