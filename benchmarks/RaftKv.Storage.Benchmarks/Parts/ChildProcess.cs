using System.Diagnostics;
using System.Globalization;

namespace RaftKv.Storage.Benchmarks.Parts;

/// <summary>This program once more, in a process of its own: to be killed, or to have its memory for itself.</summary>
internal static class ChildProcess
{
    public static Process Start(string command, string directory, int count)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            start.ArgumentList.Add(typeof(ChildProcess).Assembly.Location);
        foreach (string argument in new[] { command, directory, count.ToString(CultureInfo.InvariantCulture) })
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }
}
