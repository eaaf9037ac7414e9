namespace RaftKv.Node.Workers;

/// <summary>A piece of work for a <see cref="WorkerPool"/>.</summary>
internal interface IPoolWork
{
    /// <summary>Does the work, on one of the pool's threads. Must not throw.</summary>
    void Run();
}
