using System.Globalization;
using RaftKv.Testing.Scenarios;

namespace RaftKv.Simulator;

/// <summary>Sums over all seeds, and how fast they ran.</summary>
internal sealed class Totals
{
    private readonly long _start = TimeProvider.System.GetTimestamp();
    private long _runs;
    private long _actions;
    private long _commands;
    private long _simulatedMicros;

    /// <summary>Runs whose checks gave up.</summary>
    public long Undecided { get; private set; }

    /// <summary>Whether so many did that the rest proves little.</summary>
    public bool IsDoubtful => Undecided > 1 + (_runs / Simulation.RunsPerUndecided);

    public void Add(ScenarioResult result)
    {
        _runs++;
        Undecided += result.IsUndecided ? 1 : 0;
        _actions += result.Actions;
        _commands += result.Commands;
        _simulatedMicros += result.SimulatedMicros;
    }

    public override string ToString()
    {
        double wall = TimeProvider.System.GetElapsedTime(_start).TotalSeconds;
        double simulated = _simulatedMicros / 1e6;
        return string.Create(CultureInfo.InvariantCulture,
            $"{_runs} runs, {simulated:F0} s simulated in {wall:F1} s ({simulated / wall:F0} to 1), {_actions} actions, "
            + $"{_commands} commands, {Undecided} undecided");
    }
}
