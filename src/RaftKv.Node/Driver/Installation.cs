using RaftKv.Node.Transport;
using RaftKv.Raft;
using RaftKv.Raft.Membership;

namespace RaftKv.Node.Driver;

/// <summary>
/// Brings this member up to date by another's state (Raft 7): fetches it beside everything else, then puts it in the place of machine
/// and log while the core stands still.
/// </summary>
/// <remarks>
/// The steps are durable one by one: the log notes what is coming, the machine takes it, the log begins after it. A crash between two of
/// them leaves the old state or the new one, and the next start sees which (<see cref="Persistence.EntryStore.Restore"/>). From the first
/// step on nothing is taken from the core and no message is given to it, so that what it holds cannot move away from what was
/// judged; a member that is silent for a moment promises nothing.
/// </remarks>
internal sealed class Installation(
    NodeDriverOptions options, RaftCore core, ILogSink log, IApplySink machine, ITransport transport, INodeObserver observer)
{
    private long _fetch;
    private int _failures;
    private bool _isFetching;
    private bool _hasState;
    private LogPosition _position;
    private Configuration _configuration = Configuration.Empty;

    /// <summary>The number of the last fetch.</summary>
    public long LastFetch => _fetch;

    /// <summary>Whether the core stands still.</summary>
    public bool IsUnderWay { get; private set; }

    public void Order(SnapshotOrder order)
    {
        if (IsUnderWay)
            return;
        if (order.WithoutState)
        {
            // A witness keeps positions alone.
            Begin(order.AtLeast, order.Configuration, hasState: false);
            return;
        }
        _isFetching = true;
        if (machine.Receive(++_fetch) is { } sink)
            transport.FetchSnapshot(options.Group, order with { From = Source(order) }, sink);
        else
            Failed("the machine takes no state, so only a log that reaches back could help");
    }

    public void Handle(StateInput input)
    {
        if (input.Fetch != _fetch || !_isFetching)
            return;
        switch (input)
        {
            case StateProgressedInput progressed:
                core.SnapshotProgressed(progressed.Bytes);
                break;
            case StateFetchedInput fetched when core.ShouldInstallSnapshot(fetched.Description.Position):
                _isFetching = false;
                Begin(fetched.Description.Position, fetched.Description.Configuration, hasState: true);
                break;
            case StateFailedInput failed:
                Failed(failed.Reason);
                break;
            default:
                Failed("what arrived is no news any more");
                break;
        }
    }

    public void Begun() => machine.Install(_position, _configuration.Format, _hasState);

    public void MachineHasIt() => log.EndInstall();

    /// <summary>Everything is in place: the core goes on from there.</summary>
    /// <returns>The position.</returns>
    public LogPosition End()
    {
        (IsUnderWay, _failures) = (false, 0);
        core.SnapshotInstalled(_position, _configuration);
        observer.Installed(_position);
        return _position;
    }

    public void Stop()
    {
        if (_isFetching)
            transport.StopFetching(options.Group);
        _isFetching = false;
    }

    private void Begin(LogPosition position, Configuration configuration, bool hasState)
    {
        if (!core.ShouldInstallSnapshot(position))
            return;
        (_position, _configuration, _hasState, IsUnderWay) = (position, configuration, hasState, true);
        log.BeginInstall(position, configuration);
    }

    private void Failed(string reason)
    {
        _isFetching = false;
        _failures++;
        observer.InstallFailed(reason);
        core.SnapshotFailed();
    }

    // The leader offers its own state, but what any member has applied is as good; and the file of one may be damaged where that member
    // does not look. Who came with nothing knows nobody but the leader: the offer says who the others are.
    private NodeId Source(SnapshotOrder order)
    {
        Configuration offered = order.Configuration;
        List<NodeId> sources = [order.From];
        foreach (NodeId member in offered.Members())
        {
            bool hasState = !offered.IsWitness(member) && !offered.Joining.Contains(member);
            if (hasState && member != order.From && member != options.Self)
                sources.Add(member);
        }
        if (_failures > 0)
            options.MembersChanged?.Invoke(offered);
        return sources[_failures % sources.Count];
    }
}
