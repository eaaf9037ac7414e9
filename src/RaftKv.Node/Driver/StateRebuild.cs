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
internal sealed class StateRebuild
{
    // Ticks before another member is asked when one could not help; ever more while none can.
    private const int PauseTicksMin = 5;
    private const int PauseTicksMax = 80;

    private readonly NodeDriverOptions _options;
    private readonly ILogSink _log;
    private readonly IApplySink _machine;
    private readonly ITransport _transport;
    private readonly INodeObserver _observer;
    private readonly NodeId[] _sources;
    private long _fetch;
    private int _attempts;
    private int _pause = PauseTicksMin;
    private NodeId _leader;
    private LogPosition _atLeast;
    private LogPosition _position;
    private Configuration _configuration = Configuration.Empty;
    private bool _hasBegun;
    private bool _isFetching;
    private long _tick;
    private long? _fetchAt;

    /// <param name="options">The node's.</param>
    /// <param name="configuration">Who else keeps state.</param>
    /// <param name="lastFetch">The number of the last fetch before.</param>
    /// <param name="leader">Whom to ask first; it holds what the majority holds.</param>
    /// <param name="log">The log.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="transport">Fetches the state.</param>
    /// <param name="observer">Hears how it goes.</param>
    public StateRebuild(
        NodeDriverOptions options,
        Configuration configuration,
        long lastFetch,
        NodeId leader,
        ILogSink log,
        IApplySink machine,
        ITransport transport,
        INodeObserver observer)
    {
        (_options, _fetch, _leader, _log, _machine, _transport, _observer) = (options, lastFetch, leader, log, machine, transport, observer);
        _sources = [.. configuration.Members().Where(member => member != options.Self && !configuration.IsWitness(member))];
    }

    /// <summary>Whether the new state is in place.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Whether machine and log are being replaced: nothing else is asked of them.</summary>
    public bool IsReplacing { get; private set; }

    /// <summary>Why it is hopeless; null while it is not.</summary>
    public RaftKvException? Refusal { get; private set; }

    /// <summary>Notes that the state is not to be trusted; the rest follows. Calling it again changes nothing.</summary>
    public void Begin()
    {
        if (_hasBegun)
            return;
        _hasBegun = true;
        _log.Distrust();
    }

    /// <summary>Time passes; the first tick begins if nobody has.</summary>
    public void Tick()
    {
        _tick++;
        Begin();
        if (_fetchAt is { } at && _tick >= at)
            Fetch();
    }

    /// <summary>A message of the protocol came: the word of a leader tells that there is one.</summary>
    public void Receive(Message message)
    {
        if (message is AppendRequest or Heartbeat or SnapshotOffer)
            _leader = message.From;
    }

    /// <summary>What log, machine or transport answered.</summary>
    /// <returns>Whether the input was for it.</returns>
    public bool Handle(NodeInput input)
    {
        switch (input)
        {
            case StateDistrustedInput distrusted:
                _atLeast = distrusted.LogBase;
                Fetch();
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
                (IsOver, IsReplacing) = (true, false);
                _observer.StateRebuilt(_position);
                return true;
            default:
                return false;
        }
    }

    public void Stop()
    {
        if (_isFetching)
            _transport.StopFetching(_options.Group);
        _isFetching = false;
    }

    private void Handle(StateInput state)
    {
        switch (state)
        {
            // The log goes on behind the state, so it must reach back there.
            case StateFetchedInput fetched when fetched.Description.Position.Index >= _atLeast.Index:
                _isFetching = false;
                IsReplacing = true;
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

    private void Fetch()
    {
        _fetchAt = null;
        if (_sources.Length == 0)
        {
            Refusal = StopReasons.NobodyToRebuildFrom(_options.Self);
            return;
        }
        // The leader is asked every other time, for it has what the majority has; the others because it may not be there.
        bool asksLeader = _attempts % 2 == 0 && _sources.Contains(_leader);
        NodeId source = asksLeader ? _leader : _sources[_attempts / 2 % _sources.Length];
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

    private void Failed(string reason)
    {
        _isFetching = false;
        _fetchAt = _tick + _pause;
        _pause = Math.Min(2 * _pause, PauseTicksMax);
        _observer.InstallFailed(reason);
    }
}
