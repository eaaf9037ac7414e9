using RaftKv.Raft;

namespace RaftKv.Node.Tests.Support;

/// <summary>Notes for each batch whether a thread of the process's pool applied it, and the same for the last checkpoint.</summary>
internal sealed class ThreadNotingMachine : IStateMachine
{
    private readonly Lock _lock = new();
    private readonly List<bool> _appliedByPool = [];

    public LogPosition Applied { get; private set; }

    public LogPosition Durable => LogPosition.Zero;

    public bool CheckpointDue { get; set; }

    public bool CheckpointsBesideApply { get; init; }

    public Action Working { private get; set; } = static () => { };

    public bool? CheckpointedByPool { get; set; }

    public bool[] AppliedByPool
    {
        get
        {
            lock (_lock)
                return [.. _appliedByPool];
        }
    }

    public void Apply(ReadOnlySpan<Command> commands, ICommandResults results)
    {
        Working();
        Applied = commands[^1].Position;
        lock (_lock)
            _appliedByPool.Add(Thread.CurrentThread.IsThreadPoolThread);
    }

    public void Checkpoint()
    {
        CheckpointDue = false;
        CheckpointedByPool = Thread.CurrentThread.IsThreadPoolThread;
    }
}
