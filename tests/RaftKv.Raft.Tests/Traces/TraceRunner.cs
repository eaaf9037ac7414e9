using System.Collections.Frozen;

using RaftKv.Raft.Tests.Schedules;
namespace RaftKv.Raft.Tests.Traces;

/// <summary>Runs commands of the trace language.</summary>
internal static class TraceRunner
{
    private static readonly FrozenDictionary<string, ITraceCommand> Commands =
        typeof(ITraceCommand).Assembly.GetTypes()
            .Where(type => type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(typeof(ITraceCommand)))
            .Select(type => (ITraceCommand)Activator.CreateInstance(type)!)
            .ToFrozenDictionary(command => command.Name);

    /// <summary>Runs one command and all that follows from it.</summary>
    /// <exception cref="ClaimViolatedException">A claim no longer holds.</exception>
    public static void Run(RaftTraceWorld world, string line)
    {
        TraceArguments arguments = new(line);
        if (!Commands.TryGetValue(arguments.Name, out ITraceCommand? command))
            throw new FormatException($"unknown command: {line}");
        command.Run(world, arguments);
        world.Work();
    }

    /// <summary>The trace as the core of now plays it.</summary>
    public static string Replay(string text)
    {
        RaftTraceWorld world = new(new TraceOutput(isOff: false));
        List<TraceStep> steps = [];
        foreach (TraceStep step in TraceFile.Parse(text))
        {
            Run(world, step.Command);
            steps.Add(step with { Output = world.Output.Take(world.Members) });
        }
        return TraceFile.Print(steps);
    }
}
