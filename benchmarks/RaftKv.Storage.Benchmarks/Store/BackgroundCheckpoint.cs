namespace RaftKv.Storage.Benchmarks.Store;

/// <summary>Runs one checkpoint at a time beside the writer, as a service would.</summary>
internal sealed class BackgroundCheckpoint
{
    private Task _running = Task.CompletedTask;

    public void Due(bool due, Action checkpoint)
    {
        if (due && _running.IsCompleted)
        {
            Wait();
            _running = Task.Run(checkpoint);
        }
    }

    public void Wait() => _running.GetAwaiter().GetResult();
}
