using RaftKv.Node.Driver;
using RaftKv.Raft;

namespace RaftKv.Node.Workers;

/// <summary>One group on the loop: its driver, what the world sees of it, and how it ends. Only the loop calls it.</summary>
/// <param name="open">Makes a driver of what the log holds: at first, and once more when a damaged log was mended, or the state replaced.</param>
/// <param name="board">What the world sees.</param>
/// <param name="proposals">Bounds the proposals.</param>
/// <param name="lease">Counts time for lease reads; null without them.</param>
/// <param name="entries">Shares out what the cores may hold.</param>
internal sealed class GroupRunner(
    Func<NodeDriver> open, StatusBoard board, RequestLimit proposals, LeaseClock? lease, EntryMemory entries)
{
    // A group in which nothing moves is described anew this often, for what is known of its peers. Not in step with the usual election
    // timeout, at which a leader begins to count anew who is active.
    private const int QuietTicksMax = 7;

    private const long DueTicksMax = 20_000;

    // A group at rest hears of time in portions: nothing follows from a tick there, and to look at each of thousands of groups with every
    // tick costs more than anything else they do.
    private const int RestTicksMax = 16;

    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private NodeDriver _driver = open();
    private int _ticksSincePublished;

    // Whether nothing was handed in since the last pump found the group at rest.
    private bool _isAtRest;
    private int _ticksOwed;
    private bool _mustPublish;

    // Whether anything but ticks came since the last time.
    private bool _wasDisturbed;

    private GroupEntries _own;
    private EntryLimits _told;

    /// <summary>Whether something was handed in since the last <see cref="Pump"/>.</summary>
    public bool HasWork { get; private set; }

    /// <summary>Whether entries wait for room that other groups have.</summary>
    public bool WaitsForRoom => entries.IsCut(in _told) && _driver is { IsHeldBack: true, StopReason: null };

    /// <summary>Whether it stands in the line of those who wait for room.</summary>
    public bool IsInLine { get; set; }

    /// <summary>Why the driver stopped; null while it works.</summary>
    public RaftKvException? StopReason => _driver.StopReason;

    /// <summary>Completes when the driver has stopped; what is handed in later is refused by it.</summary>
    public Task Stopped => _stopped.Task;

    public void Handle(NodeInput input)
    {
        if (_isAtRest && input is TickInput && _ticksOwed < RestTicksMax)
        {
            _ticksOwed++;
            return;
        }
        (HasWork, _isAtRest) = (true, false);
        for (; _ticksOwed > 0; _ticksOwed--)
            Give(TickInput.Instance);
        Give(input);
    }

    /// <summary>Hands on what follows from the inputs.</summary>
    public void Pump()
    {
        HasWork = false;
        // Before the first message of a new leader leaves: what the others promise in answer runs from then at the latest.
        if (_driver.Role != Role.Leader)
            lease?.Restart();
        try
        {
            Limit();
            _driver.Pump();
            if (_driver.IsMended)
                GoOnMended();
        }
        catch (Exception e)
        {
            Fault(e);
        }
        Report();
        bool stopped = _driver.StopReason is not null;
        RaftStatus last = board.Status.Raft;
        bool isTurned = board.Status is var shown
            && (shown.IsRebuilding != _driver.IsRebuilding || shown.IsStateDisputed != _driver.IsStateDisputed);
        _isAtRest = lease is null && _driver.IsAtRest;
        bool comesToRest = _isAtRest && !last.IsQuiesced;
        if (_mustPublish || isTurned || comesToRest || stopped || last.Role != _driver.Role || last.Leader != _driver.Leader)
            Publish();
        if (stopped)
            _stopped.TrySetResult();
    }

    public void Publish()
    {
        (_mustPublish, _wasDisturbed, _ticksSincePublished) = (false, false, 0);
        RaftStatus status = _driver.Status;
        board.Publish(new RaftNodeStatus
        {
            NodeId = status.Self,
            Raft = status,
            Applied = _driver.Applied,
            ActiveFormat = _driver.ActiveFormat,
            PendingProposals = _driver.PendingProposals,
            PendingReads = _driver.PendingReads,
            IsRepairing = _driver.IsRepairing,
            IsRebuilding = _driver.IsRebuilding,
            IsStateDisputed = _driver.IsStateDisputed,
            StopReason = _driver.StopReason,
        });
    }

    private void Give(NodeInput input)
    {
        if (input is TickInput)
        {
            RaftNodeStatus last = board.Status;
            _mustPublish |= (++_ticksSincePublished >= QuietTicksMax && MayHaveMoved(last)) || IsNews(last);
            proposals.Adapt(_driver.IsBehind);
        }
        else
        {
            _wasDisturbed = true;
        }
        try
        {
            Limit();
            if (lease is not null && _driver.Role == Role.Leader)
                HandleInLease(input, lease);
            else
                _driver.Handle(input);
        }
        catch (Exception e)
        {
            Fault(e);
        }
        Report();
    }

    // Before each input, for what other groups have taken since counts too.
    private void Limit()
    {
        _told = entries.LimitsFor(in _own);
        _driver.Limit(in _told);
    }

    // A driver that has stopped is about to go, with what its core holds.
    private void Report() =>
        entries.Report(ref _own, _driver.StopReason is null ? new GroupEntries(_driver.HeldBytes, _driver.UnwrittenBytes) : default);

    private void GoOnMended()
    {
        _driver = open();
        _mustPublish = true;
        _driver.Pump();
    }

    // The clock says how many ticks have passed, not the timer.
    private void HandleInLease(NodeInput input, LeaseClock clock)
    {
        // Further ones would change nothing: after an election timeout without answers it leads no more.
        long due = Math.Min(clock.TakeDue(), DueTicksMax);
        for (long i = 0; i < due; i++)
            _driver.Handle(TickInput.Instance);
        if (input is not TickInput)
            _driver.Handle(input);
    }

    // Time alone changes whom a leader takes for active, and at some point puts it to rest; then nothing moves any more.
    private bool MayHaveMoved(RaftNodeStatus last) => _wasDisturbed || (_driver.Role == Role.Leader && !last.Raft.IsQuiesced);

    private bool IsNews(RaftNodeStatus last) =>
        last.Raft.Term != _driver.Term || last.Raft.Commit != _driver.Commit || last.Applied != _driver.Applied
        || last.PendingProposals != _driver.PendingProposals || last.PendingReads != _driver.PendingReads;

    // A bug: the group stops, the process lives.
    private void Fault(Exception met) => _driver.Stop(StopReasons.From(met));
}
