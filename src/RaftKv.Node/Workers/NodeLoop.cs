using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
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
/// them, ticks by one, and messages by the host's share of memory, at which the connections that bring them wait.
/// </para>
/// </remarks>
internal sealed class NodeLoop : IThreadPoolWorkItem
{
    // What a message takes beside what it says.
    private const int MessageOverheadBytes = 256;

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
    private readonly MemoryShare _received;
    private readonly EntryMemory _entries;

    // Groups whose entries wait for the pages of others; each is there once.
    private readonly Queue<GroupRunner> _heldBack = new();
    private List<LoopInput> _inputs = [];
    private List<LoopInput> _spare = [];
    private TaskCompletionSource? _room;
    private ITransport _transport = null!;
    private DiskWorker _disk = null!;

    // Of the messages among the inputs that wait, and of those that are handled.
    private long _waitingBytes;
    private long _takenBytes;
    private bool _tickQueued;
    private bool _running = true;

    /// <summary>Makes a loop; nothing runs before <see cref="Start"/>.</summary>
    public NodeLoop(MemoryShare received, EntryMemory entries)
    {
        (_received, _entries) = (received, entries);
        _delivery = new MessagesInput(_neighbours);
    }

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

    /// <summary>Posts messages for whichever groups they name, as soon as there is room for them.</summary>
    public ValueTask PostAsync(IReadOnlyList<Message> messages)
    {
        long bytes = 0;
        foreach (Message message in messages)
            bytes += MessageOverheadBytes + MessageCodec.Measure(message);
        return TryPost(messages, bytes, out Task? room) ? ValueTask.CompletedTask : PostWithRoomAsync(messages, bytes, room);
    }

    void IThreadPoolWorkItem.Execute() => Run(int.MaxValue);

    private async ValueTask PostWithRoomAsync(IReadOnlyList<Message> messages, long bytes, Task room)
    {
        do
            await room.ConfigureAwait(false);
        while (!TryPost(messages, bytes, out room!));
    }

    // More than there may be in all finds room when there is nothing else.
    private bool TryPost(IReadOnlyList<Message> messages, long bytes, [NotNullWhen(false)] out Task? room)
    {
        bool mustRun;
        lock (_lock)
        {
            long present = _waitingBytes + _takenBytes;
            if (present > 0 && present + bytes > _received.BytesMax)
            {
                _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                room = _room.Task;
                return false;
            }
            _inputs.Add(new LoopInput(null, new MessagesInput(messages)));
            _waitingBytes += bytes;
            _received.Take(bytes);
            mustRun = !_running;
            _running = true;
        }
        if (mustRun)
            Run(RoundsInlineMax);
        room = null;
        return true;
    }

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

    // What was taken before is done with. Takes everything; when there is nothing, the loop runs no longer and the next to post runs it.
    private List<LoopInput>? Take()
    {
        TaskCompletionSource? room = null;
        List<LoopInput>? taken = null;
        lock (_lock)
        {
            if (_takenBytes > 0)
            {
                _received.Give(_takenBytes);
                (room, _room) = (_room, null);
            }
            (_takenBytes, _waitingBytes) = (_waitingBytes, 0);
            _spare.Clear();
            _running = _inputs.Count > 0;
            if (_running)
            {
                (taken, _spare, _inputs) = (_inputs, _inputs, _spare);
                _tickQueued = false;
            }
        }
        room?.SetResult();
        return taken;
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
            Pump(group);
        _withWork.Clear();
        for (int waiting = _heldBack.Count; waiting > 0 && _entries.HasRoom; waiting--)
        {
            GroupRunner group = _heldBack.Dequeue();
            group.IsInLine = false;
            Pump(group);
        }
        Flush();
        _disk.Begin();
    }

    // The machines of other groups give the room back that a group waits for, so it cannot be the one that tells.
    private void Pump(GroupRunner group)
    {
        group.Pump();
        if (!group.WaitsForRoom || group.IsInLine)
            return;
        group.IsInLine = true;
        _heldBack.Enqueue(group);
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
