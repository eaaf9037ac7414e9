using RaftKv.Node.Driver;
using RaftKv.Raft;
using RaftKv.Raft.Messages;

namespace RaftKv.Node.Workers;

/// <summary>
/// Runs a driver: takes what has happened, hands it in, lets the driver hand on what follows. Any thread posts; one at a time runs
/// the loop, without a thread of its own.
/// </summary>
/// <remarks>
/// A worker or a connection that posts while nobody runs the loop runs it there and then, which saves a change of threads in each
/// leg of a write. Applications post to the pool instead: what they post meanwhile gathers into batches, and their threads are not
/// used for long.
/// <para>
/// What waits is bounded by its sources: requests by the node's limits on pending ones, answers of the workers by the work given to
/// them, ticks by one, and messages by <see cref="MessagesMax"/>, at which the connections that bring them wait.
/// </para>
/// </remarks>
internal sealed class NodeLoop(Action<RaftStatus> published) : IThreadPoolWorkItem
{
    public const int MessagesMax = 4096;

    // Work is handed on after this many inputs at most, so that a long queue does not delay the first of its consequences.
    private const int InputsPerPumpMax = 1024;

    // Whoever runs the loop inside another job goes back to it after this many rounds; the pool goes on.
    private const int RoundsInlineMax = 4;

    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private List<NodeInput> _inputs = [];
    private List<NodeInput> _spare = [];
    private TaskCompletionSource? _room;
    private NodeDriver _driver = null!;
    private int _messages;
    private bool _tickQueued;
    private bool _running = true;

    /// <summary>Completes when the driver has stopped; what is posted later is refused by it.</summary>
    public Task Stopped => _stopped.Task;

    /// <summary>Begins to handle what is posted, and what was posted before.</summary>
    public void Start(NodeDriver driver)
    {
        _driver = driver;
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>Lets the driver stop in good order, which takes a while.</summary>
    public void Stop() => Post(StopInput.Instance);

    /// <summary>Posts a request of the application.</summary>
    /// <param name="request">The request.</param>
    /// <param name="isAlone">Whether no other request is under way, so that nothing could be gathered by waiting.</param>
    public void Post(RequestInput request, bool isAlone)
    {
        if (!Add(request))
            return;
        if (isAlone)
            Run(RoundsInlineMax);
        else
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>Posts what a worker or a connection has to tell.</summary>
    public void Post(NodeInput input)
    {
        if (Add(input))
            Run(RoundsInlineMax);
    }

    /// <summary>Posts a tick unless one waits already: time in which the loop could not run is not made up in a burst.</summary>
    public void PostTick()
    {
        lock (_lock)
        {
            if (_tickQueued)
                return;
            _tickQueued = true;
        }
        Post(TickInput.Instance);
    }

    /// <summary>Posts messages; the task completes when there is room for more.</summary>
    public ValueTask PostAsync(IReadOnlyList<Message> messages)
    {
        TaskCompletionSource? room = null;
        bool mustRun;
        lock (_lock)
        {
            _inputs.Add(new MessagesInput(messages));
            _messages += messages.Count;
            if (_messages > MessagesMax)
                room = _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            mustRun = !_running;
            _running = true;
        }
        if (mustRun)
            Run(RoundsInlineMax);
        return room is null ? ValueTask.CompletedTask : new ValueTask(room.Task);
    }

    void IThreadPoolWorkItem.Execute() => Run(int.MaxValue);

    // True when nobody runs the loop; the caller then has to.
    private bool Add(NodeInput input)
    {
        lock (_lock)
        {
            _inputs.Add(input);
            bool mustRun = !_running;
            _running = true;
            return mustRun;
        }
    }

    private void Run(int roundsMax)
    {
        for (int round = 0; round < roundsMax; round++)
        {
            if (Take() is not { } inputs)
                return;
            Handle(inputs);
        }
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    // Takes everything; when there is nothing, the loop runs no longer and the next to post runs it.
    private List<NodeInput>? Take()
    {
        TaskCompletionSource? room;
        lock (_lock)
        {
            if (_inputs.Count == 0)
            {
                _running = false;
                return null;
            }
            _spare.Clear();
            (_inputs, _spare) = (_spare, _inputs);
            (room, _room) = (_room, null);
            _messages = 0;
            _tickQueued = false;
        }
        room?.SetResult();
        return _spare;
    }

    private void Handle(List<NodeInput> inputs)
    {
        (Role role, NodeId leader) = (_driver.Role, _driver.Leader);
        bool mustPublish = false;
        try
        {
            for (int i = 0; i < inputs.Count; i++)
            {
                _driver.Handle(inputs[i]);
                mustPublish |= inputs[i] is TickInput;
                if (i % InputsPerPumpMax == InputsPerPumpMax - 1)
                    _driver.Pump();
            }
            _driver.Pump();
        }
        catch (Exception e)
        {
            // A bug: the node stops, the process lives.
            _driver.Stop(StopReasons.From(e));
        }
        bool stopped = _driver.StopReason is not null;
        if (mustPublish || stopped || role != _driver.Role || leader != _driver.Leader)
            published(_driver.Status);
        if (stopped)
            _stopped.TrySetResult();
    }
}
