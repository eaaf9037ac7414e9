using RaftKv.Node.Transport;
using RaftKv.Raft;
using RaftKv.Raft.Membership;
using RaftKv.Raft.Messages;

namespace RaftKv.Node.Driver;

/// <summary>
/// Replaces a machine's state that cannot be trusted by another member's, before the member does anything else: it neither votes nor
/// acknowledges meanwhile, as if it were down.
/// </summary>
/// <remarks>
/// Log, term and vote are sound, so nothing that was promised is in doubt; the member is silent because one that takes part may be elected,
/// and a leader's own machine answers. First it is noted durably that the state is not to be trusted; then another's is fetched and put in
/// place as when a member lags (<see cref="Installation"/>), and the log goes on behind it. Whatever the moment of a crash, the note stands
/// until the new state and the log are in place, and the next start begins here again.
/// </remarks>
internal sealed class StateRebuild : Mending
{
    // Ticks before another member is asked when one could not help; ever more while none can.
    private const int PauseTicksMin = 5;
    private const int PauseTicksMax = 80;

    private readonly NodeDriverOptions _options;
    private readonly Membership _membership;
    private readonly bool _isCommitted;
    private readonly ILogSink _log;
    private readonly IApplySink _machine;
    private readonly ITransport _transport;
    private readonly INodeObserver _observer;
    private readonly NodeId[] _sources;
    private long _fetch;
    private int _attempts;
    private int _turn;
    private int _pause = PauseTicksMin;
    private LogPosition _atLeast;
    private LogPosition _position;
    private Configuration _configuration = Configuration.Empty;
    private bool _hasBegun;
    private bool _isFetching;
    private bool _isReplacing;
    private long? _fetchAt;

    /// <param name="options">The node's.</param>
    /// <param name="core">Stands still meanwhile; it knows whom to ask first, the leader, which holds what the majority holds.</param>
    /// <param name="membership">Who else keeps state, and who must be told or asked whether this member was removed.</param>
    /// <param name="lastFetch">The number of the last fetch before.</param>
    /// <param name="log">The log.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="transport">Fetches the state.</param>
    /// <param name="observer">Hears how it goes.</param>
    public StateRebuild(
        NodeDriverOptions options,
        RaftCore core,
        Membership membership,
        long lastFetch,
        ILogSink log,
        IApplySink machine,
        ITransport transport,
        INodeObserver observer)
        : base(options.ElectionTicks, core.Leader)
    {
        (_options, _fetch, _log, _machine, _transport, _observer) = (options, lastFetch, log, machine, transport, observer);
        (_membership, _isCommitted) = (membership, membership.IsCommitted(core.Commit));
        Configuration members = membership.Configuration;
        _sources = [.. members.Members().Where(member => member != options.Self && !members.IsWitness(member))];
    }

    public override RaftKvException Meanwhile => StopReasons.Rebuilding();

    /// <summary>Notes that the state is not to be trusted; the rest follows. Calling it again changes nothing.</summary>
    public void Begin()
    {
        if (_hasBegun)
            return;
        _hasBegun = true;
        _log.Distrust();
    }

    // Its log is as good as anybody's.
    public override void Heard(NodeId from, RepairNotice notice)
    {
        if (notice is RepairAsk ask && !_isReplacing)
            _log.Serve(from, ask);
    }

    public override void Heard(NodeId from, MemberNotice notice)
    {
        if (_membership.Heard(from, notice))
            Refusal = StopReasons.Removed(_options.Self);
    }

    public override bool Handle(NodeInput input)
    {
        switch (input)
        {
            case StateDistrustedInput distrusted:
                _atLeast = distrusted.LogBase;
                _fetchAt = Now + _options.ElectionTicks;
                FetchIfDue();
                return true;
            case StateInput state:
                if (state.Fetch == _fetch && _isFetching)
                    Handle(state);
                return true;
            case InstallBegunInput:
                _machine.Install(_position, _configuration.Format, hasState: true);
                return true;
            case MachineInstalledInput:
                _log.EndInstall();
                return true;
            case InstallEndedInput:
                (IsOver, _isReplacing) = (true, false);
                _observer.StateRebuilt(_position);
                return true;
            default:
                return false;
        }
    }

    public override void Stop()
    {
        if (_isFetching)
            _transport.StopFetching(_options.Group);
        _isFetching = false;
    }

    // The first tick begins if nobody has.
    protected override void Work()
    {
        Begin();
        FetchIfDue();
        _membership.Speak(Now, Leader.Node, _isCommitted, _transport);
    }

    private void Handle(StateInput state)
    {
        switch (state)
        {
            // With it in place this member would no longer know that it ever belonged to the group.
            case StateFetchedInput { Description: var fetched }
                when _membership.IsRemovedBy(fetched.Position.Index, fetched.Configuration):
                Refusal = StopReasons.Removed(_options.Self);
                break;
            // The log goes on behind the state, so it must reach back there.
            case StateFetchedInput fetched when fetched.Description.Position.Index >= _atLeast.Index:
                _isFetching = false;
                _isReplacing = true;
                (_position, _configuration) = (fetched.Description.Position, fetched.Description.Configuration);
                _log.BeginInstall(_position, _configuration);
                break;
            case StateFetchedInput:
                Failed("the state is older than what the log begins with");
                break;
            case StateFailedInput failed:
                Failed(failed.Reason);
                break;
            default:
                break;
        }
    }

    // Who was just started knows nobody yet: the first time it waits whether there is a leader, if there is anybody to ask.
    private void FetchIfDue()
    {
        bool needsNotWait = _attempts == 0 && (_sources.Length == 0 || _sources.Contains(Leader.Node));
        if (_fetchAt is { } at && (Now >= at || needsNotWait))
            Fetch();
    }

    private void Fetch()
    {
        _fetchAt = null;
        if (_sources.Length == 0)
        {
            Refusal = StopReasons.NobodyToRebuildFrom(_options.Self);
            return;
        }
        NodeId source = Next();
        _attempts++;
        if (_machine.Receive(++_fetch) is { } sink)
        {
            _isFetching = true;
            _transport.FetchSnapshot(_options.Group, new SnapshotOrder(source, _atLeast, WithoutState: false), sink);
        }
        else
        {
            Refusal = StopReasons.CannotRebuild(_options.Self);
        }
    }

    // The leader every other time, for it has what the majority has; else the members in turn, because it may not be able to help. Who is
    // silent may hold a fetch up for long, so two of three times those that are not come first.
    private NodeId Next()
    {
        if (_attempts % 2 == 0 && _sources.Contains(Leader.Node))
            return Leader.Node;
        bool isOfAll = _attempts % 3 == 2 || !_sources.Any(IsHeard);
        NodeId next;
        do
            next = _sources[_turn++ % _sources.Length];
        while (!isOfAll && !IsHeard(next));
        return next;
    }

    private void Failed(string reason)
    {
        _isFetching = false;
        _fetchAt = Now + _pause;
        _pause = Math.Min(2 * _pause, PauseTicksMax);
        _observer.InstallFailed(reason);
    }
}
