using RaftKv.Raft;
using RaftKv.Raft.Membership;

namespace RaftKv.Node.Driver;

/// <summary>Stops a member, at once or after what it owes to others, and tells what comes in afterwards why nothing is taken.</summary>
internal sealed class Stopping(
    NodeDriverOptions options,
    RaftCore core,
    OpenRequests requests,
    Installation installation,
    FormatGate formats,
    Standing standing,
    INodeObserver observer)
{
    private long? _atTick;

    /// <summary>Why the member stopped; null while it works.</summary>
    public RaftKvException? Reason { get; private set; }

    /// <summary>Whether a stop was asked for.</summary>
    public bool IsAsked => _atTick is not null;

    /// <summary>The member is to stop once nothing is under way, or after a while.</summary>
    public void Ask() => _atTick ??= standing.Tick + options.StopTicks;

    /// <summary>Ends every request and refuses all later ones. Calling it again changes nothing.</summary>
    public void Stop(RaftKvException reason)
    {
        if (Reason is not null)
            return;
        Reason = reason;
        EndRequests(reason);
        standing.Mending?.Stop();
        observer.Stopped(reason);
    }

    /// <summary>Whether this build cannot follow a configuration; then the member stops.</summary>
    public bool StopsUnder(Configuration configuration)
    {
        if (formats.Refusal(configuration) is not { } refusal)
            return false;
        Stop(refusal);
        return true;
    }

    /// <summary>Ends everything that waits for the core or for its state.</summary>
    public void EndRequests(RaftKvException reason)
    {
        requests.Stop(reason);
        installation.Stop();
    }

    /// <summary>
    /// Goes on with a stop that was asked for. What no leader has taken is refused, for it may take long. What was sent ends first; then
    /// others need a leader.
    /// </summary>
    public void GoOn()
    {
        RaftKvException refusal = new(StopReasons.Stopping().Message, WriteOutcome.NotApplied, LeaderElsewhere)
        {
            Error = RaftKvError.Stopped,
        };
        requests.Proposals.RefuseUnsent(refusal);
        requests.Reads.RefuseUnasked(refusal);
        bool isReady = requests.Proposals.Count == 0 && requests.Reads.Count == 0 && requests.HandOver.IsDone(core);
        if (isReady || standing.Tick >= _atTick)
            Stop(StopReasons.Stopped());
        else
            requests.MustAskAgain |= core.HasReady;
    }

    /// <summary>Tells whoever waits for an input's consequences that there will be none.</summary>
    public void Refuse(NodeInput input, RaftKvException reason)
    {
        (input as StateOpenedInput)?.Refuse();
        if (input is RequestInput request)
        {
            request.Fail(new RaftKvException(reason.Message, WriteOutcome.NotApplied, LeaderElsewhere, reason.InnerException)
            {
                Error = reason.Error,
            });
        }
    }

    // Whom to turn to when this member takes nothing: the leader, or who is to lead after it.
    private NodeId? LeaderElsewhere
    {
        get
        {
            NodeId leader = standing.Leader == options.Self ? requests.HandOver.Target : standing.Leader;
            return leader == NodeId.None ? null : leader;
        }
    }
}
