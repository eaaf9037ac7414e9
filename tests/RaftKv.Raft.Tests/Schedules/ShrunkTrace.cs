using RaftKv.Raft.Tests.Traces;

namespace RaftKv.Raft.Tests.Schedules;

/// <summary>A failing schedule as a short trace file, fit for the folder of traces as it is.</summary>
internal static class ShrunkTrace
{
    private const long CommandsMax = 5_000_000;
    private static readonly TimeSpan TimeMax = TimeSpan.FromSeconds(30);

    /// <summary>Commands that break the same claim, as few as can be found.</summary>
    public static IReadOnlyList<string> Shrink(IReadOnlyList<string> commands) =>
        new Shrinker(Failure.Of, CommandsMax, TimeMax).Shrink(commands);

    /// <summary>The text of a trace: a comment that says what breaks, then the commands with what each brings about.</summary>
    public static string Text(string origin, string claim, IReadOnlyList<string> commands)
    {
        RaftTraceWorld world = new(new TraceOutput(isOff: false));
        List<TraceStep> steps = [];
        foreach (string command in commands)
        {
            string[] comments = steps.Count > 0 ? [] : [$"# {origin}, shrunk. The last command broke: {claim}."];
            string output = "";
            try
            {
                TraceRunner.Run(world, command);
                output = world.Output.Take(world.Members);
            }
            catch (Exception broken) when (Failure.ClaimOf(broken) == claim)
            {
                // The claim is in the comment; what the command brings about once it is kept again is recorded then.
            }
            steps.Add(new TraceStep(comments, command, output));
        }
        return TraceFile.Print(steps);
    }

    /// <summary>Runs a schedule; one that fails leaves a trace, and the exception names its path.</summary>
    public static Schedule Run(ulong seed)
    {
        Schedule schedule = new(seed);
        try
        {
            schedule.Run();
            return schedule;
        }
        catch (Exception broken)
        {
            string path = Write(seed, schedule.Commands);
            throw new InvalidOperationException($"{broken.Message}\nAS A TRACE: {path}", broken);
        }
    }

    /// <summary>Shrinks the commands of a failed schedule and writes the trace; the path of the file.</summary>
    private static string Write(ulong seed, IReadOnlyList<string> commands)
    {
        IReadOnlyList<string> few = Shrink(commands);
        string claim = Failure.Of(few)!.Claim;
        string folder = Path.Combine(AppContext.BaseDirectory, "shrunk");
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, $"seed_{seed}.txt");
        File.WriteAllText(path, Text($"Seed {seed} of the random schedules", claim, few));
        return path;
    }
}
