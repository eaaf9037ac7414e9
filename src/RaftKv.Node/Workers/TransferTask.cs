using RaftKv.Node.Driver;
using RaftKv.Raft;

namespace RaftKv.Node.Workers;

/// <summary>A hand-over of leadership that a task awaits.</summary>
internal sealed class TransferTask(NodeId? target) : TransferInput(target)
{
    private readonly TaskCompletionSource<NodeId> _over = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<NodeId> Task => _over.Task;

    protected internal override void Succeed(NodeId leader) => _over.SetResult(leader);

    protected internal override void Fail(RaftKvException reason) => _over.SetException(reason);
}
