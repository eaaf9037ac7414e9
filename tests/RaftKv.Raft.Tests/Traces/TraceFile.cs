using System.Text;

namespace RaftKv.Raft.Tests.Traces;

/// <summary>Reads and writes trace files: comments, a command, <c>----</c>, the output, a blank line.</summary>
internal static class TraceFile
{
    private const string Separator = "----";

    public static List<TraceStep> Parse(string text)
    {
        List<TraceStep> steps = [];
        List<string> comments = [];
        Queue<string> lines = new(text.ReplaceLineEndings("\n").Split('\n'));
        while (lines.TryDequeue(out string? line))
        {
            if (line.StartsWith('#') || (line.Length == 0 && comments.Count > 0))
                comments.Add(line);
            else if (line.Length > 0)
            {
                steps.Add(new TraceStep([.. comments], line, TakeOutput(lines)));
                comments.Clear();
            }
        }
        return steps;
    }

    public static string Print(IEnumerable<TraceStep> steps)
    {
        StringBuilder text = new();
        foreach (TraceStep step in steps)
        {
            foreach (string comment in step.Comments)
                text.Append(comment).Append('\n');
            text.Append(step.Command).Append('\n').Append(Separator).Append('\n').Append(step.Output).Append('\n');
        }
        return text.ToString().TrimEnd('\n') + "\n";
    }

    private static string TakeOutput(Queue<string> lines)
    {
        StringBuilder output = new();
        if (!lines.TryPeek(out string? first) || first != Separator)
            return "";
        lines.Dequeue();
        while (lines.TryDequeue(out string? line) && line.Length > 0)
            output.Append(line).Append('\n');
        return output.ToString();
    }
}
