using System.Collections.Concurrent;
using RaftKv.Node.Driver;
using RaftKv.Node.Transport;
using RaftKv.Raft;
using RaftKv.Raft.Messages;

namespace RaftKv.Node.Workers;

/// <summary>
/// Runs the drivers of all groups: takes what has happened, hands it in, lets the drivers hand on what follows, and lets the transport
/// send it all at once. Any thread posts; one at a time runs the loop, without a thread of its own.
/// </summary>
/// <remarks>
/// A worker or a connection that posts while nobody runs the loop runs it there and then, which saves a change of threads in each
/// leg of a write. Applications post to the pool instead: what they post meanwhile gathers into batches, and their threads are not
/// used for long.
/// <para>
/// What waits is bounded by its sources: requests by the groups' limits on pending ones, answers of the workers by the work given to
/// them, ticks by one, and messages by <see cref="MessagesMax"/>, at which the connections that bring them wait.
/// </para>
/// </remarks>
internal sealed class NodeLoop : IThreadPoolWorkItem
{
    public const int MessagesMax = 4096;

    // Work is handed on after this many inputs at most, so that a long queue does not delay the first of its consequences.
    private const int InputsPerPumpMax = 1024;

    // Whoever runs the loop inside another job goes back to it after this many rounds; the pool goes on.
    private const int RoundsInlineMax = 4;

    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<GroupId, GroupRunner> _groups = new();
    private readonly List<GroupRunner> _withWork = [];

    // Used again for each delivery: a driver keeps messages, never the list they came in.
    private readonly List<Message> _neighbours = [];
    private readonly MessagesInput _delivery;
    private List<LoopInput> _inputs = [];
    private List<LoopInput> _spare = [];
    private TaskCompletionSource? _room;
    private ITransport _transport = null!;
    private DiskWorker _disk = null!;
    private int _messages;
    private bool _tickQueued;
    private bool _running = true;

    public NodeLoop() => _delivery = new MessagesInput(_neighbours);

    /// <summary>How many inputs wait.</summary>
    public int Waiting
    {
        get
        {
            lock (_lock)
                return _inputs.Count;
        }
    }

    /// <summary>Begins to handle what is posted, and what was posted before.</summary>
    public void Start(ITransport transport, DiskWorker disk)
    {
        (_transport, _disk) = (transport, disk);
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>From now on the group hears ticks and messages.</summary>
    public void Join(GroupId id, GroupRunner group) => _groups[id] = group;

    public void Leave(GroupId id, GroupRunner group) => _groups.TryRemove(KeyValuePair.Create(id, group));

    /// <summary>Posts a request of the application.</summary>
    /// <param name="group">Whom it is for.</param>
    /// <param name="request">The request.</param>
    /// <param name="isAlone">Whether no other request is under way, so that nothing could be gathered by waiting.</param>
    public void Post(GroupRunner group, RequestInput request, bool isAlone)
    {
        if (!Add(new LoopInput(group, request)))
            return;
        if (isAlone)
            Run(RoundsInlineMax);
        else
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>Posts what a worker or a connection has to tell a group.</summary>
    public void Post(GroupRunner group, NodeInput input) => Post(new LoopInput(group, input));

    /// <summary>Posts what a connection has to tell a group, which may not be here.</summary>
    public void Post(GroupId id, NodeInput input)
    {
        if (_groups.TryGetValue(id, out GroupRunner? group))
            Post(group, input);
    }

    /// <summary>Posts what all groups must know.</summary>
    public void PostToAll(NodeInput input) => Post(new LoopInput(null, input));

    /// <summary>Posts a tick unless one waits already: time in which the loop could not run is not made up in a burst.</summary>
    public void PostTick()
    {
        lock (_lock)
        {
            if (_tickQueued)
                return;
            _tickQueued = true;
        }
        PostToAll(TickInput.Instance);
    }

    /// <summary>Posts messages for whichever groups they name; the task completes when there is room for more.</summary>
    public ValueTask PostAsync(IReadOnlyList<Message> messages)
    {
        TaskCompletionSource? room = null;
        bool mustRun;
        lock (_lock)
        {
            _inputs.Add(new LoopInput(null, new MessagesInput(messages)));
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

    private void Post(LoopInput input)
    {
        if (Add(input))
            Run(RoundsInlineMax);
    }

    // True when nobody runs the loop; the caller then has to.
    private bool Add(LoopInput input)
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
    private List<LoopInput>? Take()
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

    private void Handle(List<LoopInput> inputs)
    {
        for (int i = 0; i < inputs.Count; i++)
        {
            Handle(inputs[i]);
            if (i % InputsPerPumpMax == InputsPerPumpMax - 1)
                Pump();
        }
        Pump();
    }

    private void Handle(LoopInput input)
    {
        if (input.Group is { } group)
        {
            Give(group, input.Input);
        }
        else if (input.Input is MessagesInput arrived)
        {
            Deliver(arrived.Messages);
        }
        else
        {
            foreach ((_, GroupRunner each) in _groups)
                Give(each, input.Input);
        }
    }

    // Neighbours that are for one group are handed in together. A group that is not here will hear of it again when it is.
    private void Deliver(IReadOnlyList<Message> messages)
    {
        for (int next = 0; next < messages.Count;)
        {
            GroupId id = messages[next].Group;
            _neighbours.Clear();
            while (next < messages.Count && messages[next].Group == id)
                _neighbours.Add(messages[next++]);
            if (_groups.TryGetValue(id, out GroupRunner? group))
                Give(group, _delivery);
        }
    }

    private void Give(GroupRunner group, NodeInput input)
    {
        bool hadWork = group.HasWork;
        group.Handle(input);
        if (group.HasWork && !hadWork)
            _withWork.Add(group);
    }

    private void Pump()
    {
        foreach (GroupRunner group in _withWork)
            group.Pump();
        _withWork.Clear();
        Flush();
        _disk.Begin();
    }

    private void Flush()
    {
        try
        {
            _transport.Flush();
        }
        catch (Exception e)
        {
            // A bug: without its connections no group goes on, but the process lives.
            PostToAll(new FaultInput(StopReasons.From(e)));
        }
    }
}
