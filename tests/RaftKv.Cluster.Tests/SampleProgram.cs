using System.Diagnostics;

namespace RaftKv.Cluster.Tests;

/// <summary>The sample's executable, which lies beside the tests, run to its end.</summary>
internal static class SampleProgram
{
    public static string Path { get; } =
        System.IO.Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "Cluster.exe" : "Cluster");

    /// <summary>Runs the program and returns what it wrote and how it ended.</summary>
    public static Task<Outcome> RunAsync(params string[] arguments) => RunAsync(TimeSpan.FromMinutes(5), arguments);

    /// <summary>Runs the program, which may take as long as is said, and returns what it wrote and how it ended.</summary>
    public static async Task<Outcome> RunAsync(TimeSpan patience, string[] arguments)
    {
        ProcessStartInfo start = new(Path, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        try
        {
            await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(patience);
            return new Outcome(process.ExitCode, await output, await errors);
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"The program did not end within {patience}: {await output}{await errors}");
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    internal sealed record Outcome(int ExitCode, string Output, string Errors)
    {
        public string[] ErrorLines => Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }
}
