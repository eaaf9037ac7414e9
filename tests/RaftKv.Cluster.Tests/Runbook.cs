using System.Text;
using System.Text.RegularExpressions;

namespace RaftKv.Cluster.Tests;

/// <summary>The commands that a document shows, in order, each with what it is to print.</summary>
internal static partial class Runbook
{
    /// <summary>What stands for anything in a line that is to be printed.</summary>
    public const char Anything = '…';

    /// <summary>Reads the blocks of a document that are marked <c>console</c>: commands begin with <c>$ </c>.</summary>
    public static IReadOnlyList<Step> Read(string document)
    {
        List<Step> steps = [];
        foreach (Match block in Block().Matches(document))
        {
            StringBuilder? command = null;
            List<string> printed = [];
            bool goesOn = false;
            foreach (string line in block.Groups[1].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                if (line.StartsWith("$ ", StringComparison.Ordinal))
                {
                    if (command is not null)
                        steps.Add(new Step(command.ToString(), [.. printed]));
                    command = new StringBuilder(line[2..]);
                    printed.Clear();
                }
                else if (goesOn)
                    command!.Append('\n').Append(line);
                else
                    printed.Add(line);
                goesOn = line.EndsWith('\\');
            }
            if (command is not null)
                steps.Add(new Step(command.ToString(), [.. printed]));
        }
        return steps;
    }

    [GeneratedRegex("```console\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();

    /// <summary>One command.</summary>
    /// <param name="Command">What is typed.</param>
    /// <param name="Printed">The lines that it prints.</param>
    internal sealed record Step(string Command, string[] Printed)
    {
        /// <summary>Whether a command printed what it is to print.</summary>
        public bool Matches(IReadOnlyList<string> lines) =>
            lines.Count == Printed.Length && Printed.Zip(lines).All(pair => Regex.IsMatch(pair.Second, Pattern(pair.First)));

        private static string Pattern(string printed) => $"^{string.Join(".*", printed.Split(Anything).Select(Regex.Escape))}$";
    }
}
