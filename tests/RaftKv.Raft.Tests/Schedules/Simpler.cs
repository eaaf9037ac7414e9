using RaftKv.Raft.Tests.Traces;

namespace RaftKv.Raft.Tests.Schedules;

/// <summary>What can be tried in place of a command, so that a trace reads better.</summary>
internal static class Simpler
{
    /// <summary>Simpler commands than one, the boldest first.</summary>
    /// <param name="command">The command.</param>
    /// <param name="founding">The command that founded the group.</param>
    public static IEnumerable<string> Than(string command, string founding)
    {
        TraceArguments arguments = new(command);
        bool sharesClocks = new TraceArguments(founding).Is("leases", false);
        switch (arguments.Name)
        {
            case "nodes":
                return Without(command, [.. arguments.AllNamed.Select(option => option.Name)]);
            case "deliver":
                return ["settle", .. Without(command, ["keep", "nth", "kind", "to", "from"])];
            case "tick" when arguments.Plain.Count == 1 && !sharesClocks:
                return [$"elect {arguments.Plain[0]}", $"timeout {arguments.Plain[0]}", .. FewerTicks(arguments)];
            case "timeout":
                return [$"elect {arguments.Plain[0]}"];
            case "propose" or "change" when arguments.Plain.Count > 2:
                return arguments.Plain.Skip(1).Select(word => command.Replace($" {word}", "", StringComparison.Ordinal));
            case "change" or "logread":
                return Without(command, ["mode", "count"]);
            case "restart" or "mend" or "persist" or "apply":
                return ["settle"];
            case "heal" when !sharesClocks:
                return [.. Enumerable.Range(1, new TraceArguments(founding).Count(0)).Select(id => $"elect {id}"), "settle"];
            default:
                return [];
        }
    }

    /// <summary>Ticks that follow each other become one command; null when none do.</summary>
    public static List<string>? Merge(IReadOnlyList<string> commands)
    {
        List<string> merged = [];
        int ticks = 0;
        string ticking = "";
        foreach (string command in commands.Append(""))
        {
            TraceArguments? arguments = command.StartsWith("tick", StringComparison.Ordinal) ? new TraceArguments(command) : null;
            string subject = arguments is null ? "" : string.Join(' ', arguments.Plain.Prepend("tick"));
            if (ticks > 0 && subject != ticking)
            {
                merged.Add(ticks == 1 ? ticking : $"{ticking} count={ticks} quiet=on");
                ticks = 0;
            }
            if (arguments is not null)
                (ticking, ticks) = (subject, ticks + arguments.Number("count", 1));
            else if (command.Length > 0)
                merged.Add(command);
        }
        return merged.Count < commands.Count ? merged : null;
    }

    private static IEnumerable<string> FewerTicks(TraceArguments tick)
    {
        int count = tick.Number("count", 1);
        int[] fewer = count > 1 ? [count / 2, count - 1] : [];
        return fewer.Select(less => less == 1 ? $"tick {tick.Plain[0]}" : $"tick {tick.Plain[0]} count={less}");
    }

    private static IEnumerable<string> Without(string command, string[] names)
    {
        foreach ((string name, string value) in new TraceArguments(command).AllNamed)
        {
            if (names.Contains(name))
                yield return command.Replace($" {name}={value}", "", StringComparison.Ordinal);
        }
    }
}
