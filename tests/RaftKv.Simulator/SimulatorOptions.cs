namespace RaftKv.Simulator;

/// <summary>What the command line asked for.</summary>
internal sealed class SimulatorOptions
{
    public required SeedRange Seeds { get; init; }

    public FileInfo? Scenario { get; init; }

    public bool Trace { get; init; }

    public bool Twice { get; init; }

    public bool Shrink { get; init; }

    public int? CalmSeconds { get; init; }

    /// <summary>Actions a second of a calm run.</summary>
    public required double CalmLoad { get; init; }

    public FileInfo? History { get; init; }

    /// <summary>A known bug that is switched on, by its name.</summary>
    public string? Mutant { get; init; }
}

/// <summary>Seeds from one to another, both included.</summary>
internal sealed record SeedRange(ulong First, ulong Last);
