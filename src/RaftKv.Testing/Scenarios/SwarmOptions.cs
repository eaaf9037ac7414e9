using RaftKv.Raft;

namespace RaftKv.Testing.Scenarios;

/// <summary>
/// How a seed's run is to be disturbed. Each seed switches whole classes of faults off and makes others wild, for bugs hide where
/// some faults are frequent and others absent (Groce et al., Swarm Testing, ISSTA 2012).
/// </summary>
public sealed class SwarmOptions
{
    /// <summary>How many members.</summary>
    public required int Members { get; init; }

    /// <summary>How long faults and clients act.</summary>
    /// <value>Microseconds.</value>
    public required long RunMicros { get; init; }

    /// <summary>Client actions per second of virtual time.</summary>
    public required double ActionsPerSecond { get; init; }

    /// <summary>Faults per second of virtual time, by the first word of their steps; absent ones do not happen.</summary>
    public required IReadOnlyDictionary<string, double> FaultsPerSecond { get; init; }

    /// <summary>Draws a run's options.</summary>
    public static SwarmOptions Generate(SplittableRandom random)
    {
        ArgumentNullException.ThrowIfNull(random);
        SortedDictionary<string, double> faults = new(StringComparer.Ordinal);
        foreach (string fault in ScenarioGenerator.Faults)
        {
            double draw = random.NextDouble();
            if (draw < 0.45)
                faults[fault] = 0.05 + (random.NextDouble() * 0.3);
            else if (draw < 0.55)
                faults[fault] = 1 + (random.NextDouble() * 2);
        }
        // A run without any fault is a test, too: everything must succeed.
        if (random.Chance(0.02))
            faults.Clear();
        return new SwarmOptions
        {
            Members = random.NextDouble() switch { < 0.70 => 3, < 0.90 => 5, < 0.94 => 1, < 0.97 => 2, _ => 4 },
            RunMicros = 4_000_000 + random.Next(8_000_000),
            ActionsPerSecond = 10 + (random.NextDouble() * 40),
            FaultsPerSecond = faults,
        };
    }
}
