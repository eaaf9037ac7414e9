using System.Globalization;
using System.Text;
using RaftKv.Testing.World;

namespace RaftKv.Testing.Scenarios;

/// <summary>A story that a simulated cluster is put through. With the seed, which decides all small chances, it is exact.</summary>
/// <remarks>
/// As text: <c>raftkv-scenario 1</c>, then <c>seed</c>, <c>members</c> and <c>run</c> (microseconds until everything is mended) with
/// their numbers, maybe <c>build</c>, <c>attests</c>, <c>holds</c> and <c>window</c> with theirs, then one line <c>at micros words</c> for each
/// step; <c>#</c> begins a remark.
/// </remarks>
public sealed class Scenario
{
    /// <summary>The first line.</summary>
    public const string Header = "raftkv-scenario 1";

    /// <summary>Decides every chance that no step decides.</summary>
    public required ulong Seed { get; init; }

    /// <summary>How many members there are.</summary>
    public required int Members { get; init; }

    /// <summary>How long steps are taken, before everything is mended.</summary>
    /// <value>Microseconds.</value>
    public required long RunMicros { get; init; }

    /// <summary>Which build the members are of at first: each speaks what the one before does, and a newer log format.</summary>
    /// <value>1 to 3; default 1. Members of the first build do not compare their states.</value>
    public int Build { get; init; } = Builds.First;

    /// <summary>How often members compare their states (<see cref="SimulatedClusterOptions.AttestationTicks"/>).</summary>
    /// <value>Ticks; default 0: never.</value>
    public int AttestationTicks { get; init; }

    /// <summary>
    /// Whether a newer log format that all members speak waits until a step, or the mending at the end, activates it; until then every
    /// member may go back to the build before.
    /// </summary>
    /// <value>Default false: the leader activates it.</value>
    public bool HoldsFormat { get; init; }

    /// <summary>Entry bytes that a member keeps in memory (<see cref="SimulatedClusterOptions.EntryWindowBytes"/>).</summary>
    /// <value>Bytes; default 1 MiB. Where it is small, what lags behind is read back from the log.</value>
    public long EntryWindowBytes { get; init; } = SimulatedClusterOptions.UsualEntryWindowBytes;

    /// <summary>The steps, ascending by time.</summary>
    public required IReadOnlyList<ScenarioStep> Steps { get; init; }

    /// <summary>The same with other steps.</summary>
    public Scenario With(IReadOnlyList<ScenarioStep> steps) => With(RunMicros, steps);

    /// <summary>The same with another end and other steps.</summary>
    public Scenario With(long runMicros, IReadOnlyList<ScenarioStep> steps) => new()
    {
        Seed = Seed,
        Members = Members,
        RunMicros = runMicros,
        Build = Build,
        AttestationTicks = AttestationTicks,
        HoldsFormat = HoldsFormat,
        EntryWindowBytes = EntryWindowBytes,
        Steps = steps,
    };

    /// <inheritdoc/>
    public override string ToString()
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"{Header}\nseed {Seed}\nmembers {Members}\nrun {RunMicros}\n");
        if (Build != Builds.First)
            text.Append(CultureInfo.InvariantCulture, $"build {Build}\n");
        if (AttestationTicks > 0)
            text.Append(CultureInfo.InvariantCulture, $"attests {AttestationTicks}\n");
        if (HoldsFormat)
            text.Append("holds 1\n");
        if (EntryWindowBytes != SimulatedClusterOptions.UsualEntryWindowBytes)
            text.Append(CultureInfo.InvariantCulture, $"window {EntryWindowBytes}\n");
        foreach (ScenarioStep step in Steps)
            text.Append(CultureInfo.InvariantCulture, $"{step}\n");
        return text.ToString();
    }

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    /// <exception cref="FormatException">The text is no scenario; the message names the line.</exception>
    public static Scenario Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        Dictionary<string, string> settings = [];
        List<ScenarioStep> steps = [];
        string[] lines = text.Split('\n');
        bool hasHeader = false;
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i].Trim();
            if (line.Length == 0 || line[0] == '#')
                continue;
            if (!hasHeader && line != Header)
                throw new FormatException($"Line {i + 1}: a scenario begins with '{Header}'.");
            string[] words = line.Split(' ', 3, StringSplitOptions.RemoveEmptyEntries);
            if (!hasHeader)
                hasHeader = true;
            else if (words is ["at", var at, var what] && long.TryParse(at, CultureInfo.InvariantCulture, out long micros))
                steps.Add(new ScenarioStep(micros, what));
            else if (words is ["seed" or "members" or "run" or "build" or "attests" or "holds" or "window", _])
                settings[words[0]] = words[1];
            else
                throw new FormatException($"Line {i + 1}: '{line}' is neither a setting nor a step.");
        }
        return new Scenario
        {
            Seed = Setting<ulong>(settings, "seed"),
            Members = Setting<int>(settings, "members"),
            RunMicros = Setting<long>(settings, "run"),
            Build = settings.ContainsKey("build") ? Setting<int>(settings, "build") : Builds.First,
            AttestationTicks = settings.ContainsKey("attests") ? Setting<int>(settings, "attests") : 0,
            HoldsFormat = settings.ContainsKey("holds") && Setting<int>(settings, "holds") != 0,
            EntryWindowBytes = settings.ContainsKey("window") ? Setting<long>(settings, "window") : SimulatedClusterOptions.UsualEntryWindowBytes,
            Steps = [.. steps.OrderBy(step => step.AtMicros)],
        };
    }

    private static T Setting<T>(Dictionary<string, string> settings, string name)
        where T : IParsable<T> =>
        settings.TryGetValue(name, out string? text) && T.TryParse(text, CultureInfo.InvariantCulture, out T? value)
            ? value
            : throw new FormatException($"The scenario says no {name}.");
}
