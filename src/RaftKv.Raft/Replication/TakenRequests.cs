namespace RaftKv.Raft.Replication;

/// <summary>
/// A leader's memory of forwarded proposals, so that a repeated or reordered frame is never appended twice. One reign's memory is
/// enough, because a forwarded proposal is taken only in the term it was forwarded in.
/// </summary>
internal sealed class TakenRequests
{
    // A member that restarts begins a new run; frames of its last runs may still be on the way.
    private const int RunsMax = 64;

    private readonly List<Run> _runs = [];

    public bool TryTake(NodeId origin, long session, long requestId)
    {
        foreach (Run run in _runs)
        {
            if (run.Origin == origin && run.Session == session)
                return run.Window.TryTake(requestId);
        }
        if (_runs.Count == RunsMax)
            _runs.RemoveAt(0);
        Run added = new(origin, session, new RequestWindow());
        _runs.Add(added);
        return added.Window.TryTake(requestId);
    }

    private sealed record Run(NodeId Origin, long Session, RequestWindow Window);
}
