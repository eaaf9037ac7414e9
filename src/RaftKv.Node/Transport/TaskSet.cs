namespace RaftKv.Node.Transport;

/// <summary>Tasks that are under way, so that their owner can wait for their end.</summary>
internal sealed class TaskSet
{
    private readonly Lock _lock = new();
    private readonly HashSet<Task> _tasks = [];

    public void Add(Task task)
    {
        lock (_lock)
            _tasks.Add(task);
        _ = task.ContinueWith(
            ended =>
            {
                lock (_lock)
                    _tasks.Remove(ended);
            },
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    public Task WhenAll()
    {
        lock (_lock)
            return Task.WhenAll([.. _tasks]);
    }
}
