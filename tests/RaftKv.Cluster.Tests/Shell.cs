using System.Diagnostics;
using System.Globalization;

namespace RaftKv.Cluster.Tests;

/// <summary>A shell that takes one command after the other, as somebody at a terminal would type them.</summary>
internal sealed class Shell : IAsyncDisposable
{
    private const string EndMark = "--- end of command, exit code ";

    private readonly Process _process;
    private readonly Task<string> _errors;
    private readonly string _folder;

    private Shell(Process process, string folder)
    {
        _process = process;
        _folder = folder;
        _errors = process.StandardError.ReadToEndAsync();
    }

    /// <summary>Starts a shell in a folder, with the sample in its path.</summary>
    public static Shell Start(string folder)
    {
        ProcessStartInfo start = new("bash", ["--norc", "--noprofile"])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment["PATH"] = $"{Path.GetDirectoryName(SampleProgram.Path)}:{Environment.GetEnvironmentVariable("PATH")}";
        return new Shell(Process.Start(start)!, folder);
    }

    /// <summary>Runs one command; returns its exit code and the lines that it printed.</summary>
    public async Task<(int ExitCode, IReadOnlyList<string> Lines)> RunAsync(string command, CancellationToken cancellationToken)
    {
        await _process.StandardInput.WriteAsync($"{command}\necho \"{EndMark}$?\"\n".AsMemory(), cancellationToken);
        await _process.StandardInput.FlushAsync(cancellationToken);
        List<string> lines = [];
        while (await _process.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.StartsWith(EndMark, StringComparison.Ordinal))
                return (int.Parse(line[EndMark.Length..], CultureInfo.InvariantCulture), lines);
            lines.Add(line);
        }
        return (-1, lines);
    }

    /// <summary>Ends the shell and what it started; returns what all of them wrote to standard error, the ends of logs included.</summary>
    public async Task<string> EndAsync()
    {
        foreach (string file in Directory.GetFiles(_folder, "*.pid"))
            await KillAsync(int.Parse(await File.ReadAllTextAsync(file), CultureInfo.InvariantCulture));
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        List<string> told = [await _errors];
        foreach (string file in Directory.GetFiles(_folder, "*.log").Order(StringComparer.Ordinal))
            told.Add($"{Path.GetFileName(file)}:\n{string.Join('\n', (await File.ReadAllLinesAsync(file)).TakeLast(30))}");
        return string.Join('\n', told);
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _process.Dispose();
    }

    // Only what is this program: the number may be another's by now. Once it has gone it holds no files.
    private static async Task KillAsync(int id)
    {
        try
        {
            using Process node = Process.GetProcessById(id);
            if (node.ProcessName != Path.GetFileNameWithoutExtension(SampleProgram.Path))
                return;
            node.Kill();
            await node.WaitForExitAsync();
        }
        catch (Exception gone) when (gone is ArgumentException or InvalidOperationException)
        {
            // It has ended.
        }
    }
}
