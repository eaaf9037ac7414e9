using System.Runtime.CompilerServices;

namespace RaftKv.Raft.Tests.Traces;

/// <summary>Every trace file in this folder tells a story of the protocol and must come out word for word.</summary>
public sealed class TraceTests
{
    private static readonly ITraceCommand[] Commands =
    [
        .. typeof(ITraceCommand).Assembly.GetTypes()
            .Where(type => type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(typeof(ITraceCommand)))
            .Select(type => (ITraceCommand)Activator.CreateInstance(type)!),
    ];

    public static TheoryData<string> Files =>
        [.. Directory.GetFiles(Folder(), "*.txt").Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public void A_trace_replays_word_for_word(string file)
    {
        string path = Path.Combine(Folder(), file + ".txt");
        string recorded = File.ReadAllText(path);
        string replayed = Replay(recorded);
        if (Environment.GetEnvironmentVariable("RAFTKV_REWRITE") == "1")
            File.WriteAllText(path, replayed);
        else
            Assert.Equal(recorded, replayed);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_trace_tells_its_story_in_comments(string file)
    {
        string first = File.ReadLines(Path.Combine(Folder(), file + ".txt")).First();
        Assert.StartsWith("# ", first, StringComparison.Ordinal);
    }

    /// <summary>The trace as the core of now plays it.</summary>
    internal static string Replay(string text)
    {
        RaftTraceWorld world = new();
        List<TraceStep> steps = [];
        foreach (TraceStep step in TraceFile.Parse(text))
        {
            TraceArguments arguments = new(step.Command);
            Array.Find(Commands, command => command.Name == arguments.Name)!.Run(world, arguments);
            steps.Add(step with { Output = world.TakeOutput() });
        }
        return TraceFile.Print(steps);
    }

    /// <summary>The first trace that does not come out as recorded, or null.</summary>
    internal static string? FirstToDiffer() =>
        Directory.GetFiles(Folder(), "*.txt").Order(StringComparer.Ordinal).FirstOrDefault(path => Differs(File.ReadAllText(path)));

    private static bool Differs(string recorded)
    {
        try
        {
            return Replay(recorded) != recorded;
        }
        catch (Exception)
        {
            return true;
        }
    }

    private static string Folder([CallerFilePath] string thisFile = "") => Path.GetDirectoryName(thisFile)!;
}
