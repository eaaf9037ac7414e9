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
        Run run = Find(origin, session) is { } place ? Latest(place) : Begin(origin, session);
        return run.Window.TryTake(requestId);
    }

    /// <summary>Whether a proposal was taken, or belongs to a run that may have been forgotten.</summary>
    public bool MayHaveTaken(NodeId origin, long session, long requestId) =>
        Find(origin, session) is { } place ? _runs[place].Window.MayHaveTaken(requestId) : _runs.Count == RunsMax;

    private int? Find(NodeId origin, long session)
    {
        for (int i = _runs.Count - 1; i >= 0; i--)
        {
            if (_runs[i].Origin == origin && _runs[i].Session == session)
                return i;
        }
        return null;
    }

    // The run that was silent for longest stands first, and is the first to be forgotten.
    private Run Latest(int place)
    {
        Run run = _runs[place];
        if (place == _runs.Count - 1)
            return run;
        _runs.RemoveAt(place);
        _runs.Add(run);
        return run;
    }

    private Run Begin(NodeId origin, long session)
    {
        if (_runs.Count == RunsMax)
            _runs.RemoveAt(0);
        Run run = new(origin, session, new RequestWindow());
        _runs.Add(run);
        return run;
    }

    private sealed record Run(NodeId Origin, long Session, RequestWindow Window);
}
