using System.Diagnostics;
using RaftKv.Samples.Cluster.Control;

namespace RaftKv.Samples.Cluster.Processes;

/// <summary>A member that runs as a process of its own, started from this very program.</summary>
internal sealed class NodeProcess : IAsyncDisposable
{
    private const int OutputLinesMax = 200;

    private readonly Process _process;
    private readonly Task _output;
    private readonly Task _errors;
    private readonly List<string> _errorLines = [];
    private readonly TaskCompletionSource<Uri> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private NodeProcess(Process process)
    {
        _process = process;
        _errors = ReadErrorsAsync();
        _output = ReadOutputAsync();
    }

    public int ProcessId => _process.Id;

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    /// <summary>What the process wrote to standard error, its first lines.</summary>
    public string Errors
    {
        get
        {
            lock (_errorLines)
                return string.Join(Environment.NewLine, _errorLines);
        }
    }

    /// <summary>Starts a process of the given program, which is this one unless a path is given.</summary>
    public static NodeProcess Start(IReadOnlyList<string> arguments, string? program = null)
    {
        ProcessStartInfo start = new()
        {
            RedirectStandardInput = true,       // its end tells the child that this process is gone, however it went
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        string executable = program ?? Environment.ProcessPath!;
        start.FileName = executable;
        if (Path.GetFileNameWithoutExtension(executable) == "dotnet")
            start.ArgumentList.Add(typeof(NodeProcess).Assembly.Location);
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        return new NodeProcess(Process.Start(start)!);
    }

    /// <summary>The address of the control API, once the member is up.</summary>
    /// <exception cref="IOException">The process ended first; the message is what it wrote to standard error.</exception>
    public Task<Uri> ReadyAsync(CancellationToken cancellationToken) => _ready.Task.WaitAsync(cancellationToken);

    /// <summary>Ends the process at once, as a power cut would: it gets no chance to do anything.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await ExitAsync(CancellationToken.None);
    }

    /// <summary>Sends a signal by its name, such as STOP or CONT, and returns once it was sent.</summary>
    public async Task SignalAsync(string signal)
    {
        using Process kill = Process.Start("kill", [$"-{signal}", $"{_process.Id}"]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Asks the process to stop by closing its standard input.</summary>
    public void Stop() => _process.StandardInput.Close();

    /// <summary>Waits until the process has ended and everything it wrote was read.</summary>
    public async Task ExitAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        await Task.WhenAll(_output, _errors).WaitAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await ExitAsync(CancellationToken.None);
        _process.Dispose();
    }

    private async Task ReadOutputAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.StartsWith(NodeHost.ReadyPrefix, StringComparison.Ordinal))
                _ready.TrySetResult(new Uri(line[NodeHost.ReadyPrefix.Length..]));
        }
        await _errors;
        if (_ready.TrySetException(new IOException(Errors.Length > 0 ? Errors : "The process ended without a word.")))
            _ = _ready.Task.Exception;
    }

    private async Task ReadErrorsAsync()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            lock (_errorLines)
            {
                if (_errorLines.Count < OutputLinesMax)
                    _errorLines.Add(line);
            }
        }
    }
}
