using System.Globalization;
using RaftKv.Raft;

namespace RaftKv.Testing.Scenarios;

/// <summary>Draws scenarios: from a seed, all steps with their times, before anything runs.</summary>
internal static class ScenarioGenerator
{
    // Beyond what a run may last, so that a missing second half of a fault ends with the run.
    private const double MendSeconds = 2.0;

    /// <summary>The faults that may be drawn, by the first word of their steps.</summary>
    public static IReadOnlyList<string> Faults { get; } =
    [
        "clock", "clog", "crash", "cut", "fill", "flushfails", "hang", "isolate", "jump", "kill", "loses", "part", "pause", "power",
        "rot", "slow", "stop", "transfer", "weather", "writefails",
    ];

    public static Scenario Draw(ulong seed, Workload workload) =>
        Draw(seed, workload, SwarmOptions.Generate(new SplittableRandom(seed).Fork("swarm")));

    public static Scenario Draw(ulong seed, Workload workload, SwarmOptions swarm)
    {
        SplittableRandom random = new(seed);
        List<ScenarioStep> steps = [.. workload.Prologue(swarm.Members).Select(words => new ScenarioStep(0, $"do {words}"))];
        SplittableRandom actions = random.Fork("actions");
        double meanMicros = 1_000_000 / swarm.ActionsPerSecond;
        for (long at = 1, number = 1; at < swarm.RunMicros; at += Wait(actions, meanMicros), number++)
            steps.Add(new ScenarioStep(at, $"do {workload.Draw(actions, swarm.Members, number)}"));
        foreach ((string fault, double perSecond) in swarm.FaultsPerSecond)
        {
            SplittableRandom faults = random.Fork(fault);
            long at = Wait(faults, 1_000_000 / perSecond);
            for (; at < swarm.RunMicros; at += Wait(faults, 1_000_000 / perSecond))
                steps.AddRange(Fault(fault, at, swarm.Members, faults));
        }
        return new Scenario
        {
            Seed = seed,
            Members = swarm.Members,
            RunMicros = swarm.RunMicros,
            Steps = [.. steps.OrderBy(step => step.AtMicros)],
        };
    }

    private static long Wait(SplittableRandom random, double meanMicros) =>
        1 + (long)(-Math.Log(1 - random.NextDouble()) * meanMicros);

    private static IEnumerable<ScenarioStep> Fault(string fault, long at, int members, SplittableRandom random)
    {
        int one = 1 + random.Next(members);
        int other = 1 + random.Next(members);
        yield return new ScenarioStep(at, fault switch
        {
            "clock" => Words($"clock {one} {50 + random.Next(150)}"),
            "clog" or "cut" => Words($"{fault} {one} {other}"),
            "fill" or "flushfails" or "hang" or "isolate" or "kill" or "crash" or "loses" or "pause" or "stop" or "writefails" =>
                Words($"{fault} {one}"),
            "jump" => Words($"jump {one} {1 + random.Next(60)}"),
            "part" => Words($"part {1 + random.Next((1 << members) - 1)}"),
            "power" => Words($"power {one} {1 + random.Next(40)}"),
            "rot" => Words($"rot {one} {random.Next(1 << 20)}"),
            "slow" => Words($"slow {one} {10_000 << random.Next(5)}"),
            "transfer" => Words($"transfer {one}"),
            _ => Weather(random),
        });
        string? end = fault switch
        {
            "crash" or "flushfails" or "kill" or "power" or "rot" or "loses" or "stop" or "writefails" => Words($"start {one}"),
            "cut" or "clog" or "isolate" or "part" => "mend",
            "fill" => Words($"empty {one}"),
            "hang" => Words($"unhang {one}"),
            "pause" => Words($"resume {one}"),
            "slow" => Words($"slow {one} 2000"),
            "clock" => Words($"clock {one} 100"),
            _ => null,
        };
        if (end is not null)
            yield return new ScenarioStep(at + Wait(random, MendSeconds * 500_000), end);
    }

    private static string Weather(SplittableRandom random) => random.Chance(0.3)
        ? "weather 0 0 0 0 500"
        : Words($"weather {Some(random, 250)} {Some(random, 200)} {Some(random, 100)} {Some(random, 50)} {500 + random.Next(60_000)}");

    private static int Some(SplittableRandom random, int max) => random.Chance(0.5) ? random.Next(max) : 0;

    private static string Words(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
