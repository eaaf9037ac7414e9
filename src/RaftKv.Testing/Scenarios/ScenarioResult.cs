namespace RaftKv.Testing.Scenarios;

/// <summary>How a run ended.</summary>
public sealed class ScenarioResult
{
    /// <summary>The scenario.</summary>
    public required Scenario Scenario { get; init; }

    /// <summary>What it broke, in one paragraph; null when it broke nothing.</summary>
    public required string? Failure { get; init; }

    /// <summary>Whether the checks gave up before they knew that nothing was broken (<see cref="Workload.IsUndecided"/>).</summary>
    public required bool IsUndecided { get; init; }

    /// <summary>Everything that happened as one number: equal for equal scenarios and code.</summary>
    public required ulong TraceHash { get; init; }

    /// <summary>Virtual time that passed.</summary>
    /// <value>Microseconds.</value>
    public required long SimulatedMicros { get; init; }

    /// <summary>Client actions that were begun.</summary>
    public required long Actions { get; init; }

    /// <summary>Entries that were committed and applied.</summary>
    public required long Commands { get; init; }
}
