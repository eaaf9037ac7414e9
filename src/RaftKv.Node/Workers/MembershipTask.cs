using RaftKv.Node.Driver;

namespace RaftKv.Node.Workers;

/// <summary>A change of membership that a task awaits.</summary>
internal sealed class MembershipTask(MembershipChange change) : MembershipInput(change)
{
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Task => _over.Task;

    protected internal override void Succeed() => _over.SetResult();

    protected internal override void Fail(RaftKvException reason) => _over.SetException(reason);
}
