using RaftKv.Raft;
using RaftKv.Testing.World;

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

    /// <summary>Which build the members are of at first (<see cref="Scenario.Build"/>).</summary>
    /// <value>1 to 3; default 1.</value>
    public int Build { get; init; } = Builds.First;

    /// <summary>How often members compare their states.</summary>
    /// <value>Ticks; default 0: never.</value>
    public int AttestationTicks { get; init; }

    /// <summary>Whether a newer log format waits until somebody activates it (<see cref="Scenario.HoldsFormat"/>).</summary>
    /// <value>Default false.</value>
    public bool HoldsFormat { get; init; }

    /// <summary>Entry bytes that a member keeps in memory (<see cref="Scenario.EntryWindowBytes"/>).</summary>
    /// <value>Bytes; default 1 MiB.</value>
    public long EntryWindowBytes { get; init; } = SimulatedClusterOptions.UsualEntryWindowBytes;

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
        SwarmOptions drawn = new()
        {
            Members = random.NextDouble() switch { < 0.70 => 3, < 0.90 => 5, < 0.94 => 1, < 0.97 => 2, _ => 4 },
            RunMicros = 4_000_000 + random.Next(8_000_000),
            ActionsPerSecond = 10 + (random.NextDouble() * 40),
            Build = Builds.First + random.Next(Builds.Last),
            AttestationTicks = random.NextDouble() switch { < 0.4 => 0, < 0.7 => 20 + random.Next(40), _ => 1 + random.Next(5) },
            HoldsFormat = random.Chance(0.25),
            EntryWindowBytes = random.Chance(0.3) ? random.Next(4096) : SimulatedClusterOptions.UsualEntryWindowBytes,
            FaultsPerSecond = faults,
        };
        if (drawn.HoldsFormat)
            faults["activate"] = 0.1 + (random.NextDouble() * 0.4);
        return drawn;
    }
}
