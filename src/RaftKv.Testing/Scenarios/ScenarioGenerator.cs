using System.Globalization;
using RaftKv.Raft;

namespace RaftKv.Testing.Scenarios;

/// <summary>Draws scenarios: from a seed, all steps with their times, before anything runs.</summary>
internal static class ScenarioGenerator
{
    // On average twice as long as a fault lasts. What is not over when the run is ends with the mending.
    private const double MendSeconds = 2.0;

    // Between one member and the next in a roll-out, on average.
    private const double PaceSeconds = 0.7;

    /// <summary>
    /// The faults that may be drawn, by the first word of their steps; with <see cref="SwarmOptions.HoldsFormat"/> also <c>activate</c>.
    /// </summary>
    public static IReadOnlyList<string> Faults { get; } =
    [
        "clock", "clog", "come", "copy", "crash", "cut", "demote", "distort", "downgrade", "fill", "flushfails", "flushpower", "hang",
        "installpower", "isolate", "jump", "kill", "leave", "loses", "logloses", "logrot", "logstrays", "memory", "part", "pause", "power",
        "replace", "rollout", "rot", "slow", "stop", "storepower", "strays", "transfer", "weather", "wipe", "writefails",
    ];

    private static readonly SortedSet<string> OfAll = new(StringComparer.Ordinal)
    {
        "copy", "crash", "demote", "distort", "downgrade", "isolate", "kill", "leave", "logloses", "logrot", "logstrays", "loses", "pause",
        "replace", "rot", "strays", "wipe",
    };

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
            Build = swarm.Build,
            AttestationTicks = swarm.AttestationTicks,
            HoldsFormat = swarm.HoldsFormat,
            EntryWindowBytes = swarm.EntryWindowBytes,
            Steps = [.. steps.Where(step => step.AtMicros < swarm.RunMicros).OrderBy(step => step.AtMicros)],
        };
    }

    private static long Wait(SplittableRandom random, double meanMicros) =>
        1 + (long)(-Math.Log(1 - random.NextDouble()) * meanMicros);

    private static IEnumerable<ScenarioStep> Fault(string fault, long at, int members, SplittableRandom random)
    {
        if (fault == "rollout")
        {
            foreach (ScenarioStep step in RollOut(at, members, random))
                yield return step;
            yield break;
        }
        // What concerns disks and membership may hit a member that came later.
        int one = 1 + random.Next(members + (OfAll.Contains(fault) ? 1 : 0));
        int other = 1 + random.Next(members);
        yield return new ScenarioStep(at, fault switch
        {
            "clock" => Words($"clock {one} {50 + random.Next(150)}"),
            "clog" or "cut" => Words($"{fault} {one} {other}"),
            "activate" or "come" => fault,
            "jump" => Words($"jump {one} {1 + random.Next(60)}"),
            "part" => Words($"part {1 + random.Next((1 << members) - 1)}"),
            "power" or "storepower" => Words($"{fault} {one} {1 + random.Next(40)}"),
            "flushpower" => Words($"{fault} {one} {1 + random.Next(6)}"),
            "installpower" => Words($"{fault} {1 + random.Next(12)}"),
            "rot" or "logrot" or "distort" => Words($"{fault} {one} {random.Next(1 << 20)}"),
            "memory" => Words($"memory {one} {(random.Chance(0.3) ? 0 : random.Next(2000))}"),
            "slow" => Words($"slow {one} {10_000 << random.Next(5)}"),
            "weather" => Weather(random),
            _ => Words($"{fault} {one}"),
        });
        foreach (string end in Ends(fault, one))
        {
            at += Wait(random, MendSeconds * 500_000);
            yield return new ScenarioStep(at, end);
        }
    }

    // Damage shows when the member starts again, a lost disk when it starts at all.
    private static string[] Ends(string fault, int one) => fault switch
    {
        "crash" or "flushfails" or "flushpower" or "kill" or "power" or "rot" or "loses" or "stop" or "storepower"
            or "strays" or "wipe" or "writefails" => [Words($"start {one}")],
        "logrot" or "logloses" or "logstrays" => [Words($"kill {one}"), Words($"start {one}")],
        "copy" => [Words($"restore {one}"), Words($"start {one}")],
        "demote" => [Words($"promote {one}")],
        "downgrade" => [Words($"upgrade {one}")],
        "installpower" => ["revive"],
        "cut" or "clog" or "isolate" or "part" => ["mend"],
        "fill" => [Words($"empty {one}")],
        "hang" => [Words($"unhang {one}")],
        "pause" => [Words($"resume {one}")],
        "memory" => [Words($"room {one}")],
        "slow" => [Words($"slow {one} 2000")],
        "clock" => [Words($"clock {one} 100")],
        _ => [],
    };

    // The next build, member by member, in any order.
    private static IEnumerable<ScenarioStep> RollOut(long at, int members, SplittableRandom random)
    {
        int first = random.Next(members);
        for (int i = 0; i < members; i++, at += Wait(random, PaceSeconds * 1_000_000))
            yield return new ScenarioStep(at, Words($"upgrade {1 + ((first + i) % members)}"));
    }

    private static string Weather(SplittableRandom random) => random.Chance(0.3)
        ? "weather 0 0 0 0 500"
        : Words($"weather {Some(random, 250)} {Some(random, 200)} {Some(random, 100)} {Some(random, 50)} {500 + random.Next(60_000)}");

    private static int Some(SplittableRandom random, int max) => random.Chance(0.5) ? random.Next(max) : 0;

    private static string Words(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
