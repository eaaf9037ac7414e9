using Spectre.Console;

namespace RaftKv.Samples.Cluster.Display;

internal static class Displays
{
    /// <summary>A live table on a terminal, plain lines where the output is redirected.</summary>
    public static IDisplay ForThisConsole() =>
        Console.IsOutputRedirected || !AnsiConsole.Profile.Capabilities.Ansi
            ? new PlainDisplay(Console.Out)
            : new LiveDisplay(AnsiConsole.Console);
}
