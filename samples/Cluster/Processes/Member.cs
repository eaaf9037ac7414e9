using RaftKv.Samples.Cluster.Control;

namespace RaftKv.Samples.Cluster.Processes;

/// <summary>A place in the cluster: its process, which comes and goes, and the way to talk to it.</summary>
internal sealed class Member(int id, ClusterLayout layout) : IAsyncDisposable
{
    private volatile ControlClient? _client;
    private volatile StatusReply? _status;

    public int Id => id;

    public NodeProcess? Process { get; private set; }

    /// <summary>Talks to the process that runs now; null while none does.</summary>
    public ControlClient? Client => _client;

    /// <summary>The last status that was polled; null while no process runs.</summary>
    public StatusReply? Status => _status;

    /// <summary>Starts the process and waits until its control API answers.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        Process = NodeProcess.Start(layout.Arguments(id), layout.Program);
        Uri address = await Process.ReadyAsync(cancellationToken);
        _client = new ControlClient(address);
    }

    /// <summary>Ends the process with SIGKILL and waits until it is gone.</summary>
    public async Task KillAsync()
    {
        await Process!.KillAsync();
        await ForgetAsync();
    }

    /// <summary>Lets the process stand still, with everything it holds, until <see cref="ContinueAsync"/>.</summary>
    public Task PauseAsync() => Process!.SignalAsync("STOP");

    /// <summary>Lets the process go on.</summary>
    public Task ContinueAsync() => Process!.SignalAsync("CONT");

    /// <summary>Asks the member how it is; a member that does not answer has no status.</summary>
    public async Task<StatusReply?> PollAsync(CancellationToken cancellationToken)
    {
        ControlClient? client = _client;
        try
        {
            return _status = client is null ? null : await client.StatusAsync(cancellationToken);
        }
        catch (Exception silent) when (silent is HttpRequestException or IOException or ObjectDisposedException)
        {
            return _status = null;
        }
    }

    public ValueTask DisposeAsync() => ForgetAsync();

    private async ValueTask ForgetAsync()
    {
        _status = null;
        _client = null;
        if (Process is { } process)
            await process.DisposeAsync();
        Process = null;
    }
}
