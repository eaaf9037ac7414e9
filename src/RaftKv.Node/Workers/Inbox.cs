using RaftKv.Node.Driver;
using RaftKv.Node.Transport;
using RaftKv.Raft.Messages;

namespace RaftKv.Node.Workers;

/// <summary>What has happened and was not handled yet. Any thread posts, the loop takes everything at once.</summary>
/// <remarks>
/// Bounded by its sources: requests by the node's limits on pending ones, answers of the workers by the work given to them, ticks
/// by one, and messages by <see cref="MessagesMax"/>, at which the connections that bring them wait.
/// </remarks>
internal sealed class Inbox
{
    public const int MessagesMax = 4096;

    private readonly Lock _lock = new();
    private readonly Signal _signal = new();
    private List<NodeInput> _inputs = [];
    private List<NodeInput> _spare = [];
    private TaskCompletionSource? _room;
    private int _messages;
    private bool _tickQueued;

    public ValueTask WaitAsync() => _signal.WaitAsync();

    public void Post(NodeInput input)
    {
        lock (_lock)
            _inputs.Add(input);
        _signal.Set();
    }

    /// <summary>Posts a tick unless one waits already: time in which the loop could not run is not made up in a burst.</summary>
    public void PostTick()
    {
        lock (_lock)
        {
            if (_tickQueued)
                return;
            _tickQueued = true;
            _inputs.Add(TickInput.Instance);
        }
        _signal.Set();
    }

    /// <summary>Posts messages; the task completes when there is room for more.</summary>
    public ValueTask PostAsync(IReadOnlyList<Message> messages)
    {
        TaskCompletionSource? room = null;
        lock (_lock)
        {
            _inputs.Add(new MessagesInput(messages));
            _messages += messages.Count;
            if (_messages > MessagesMax)
                room = _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        _signal.Set();
        return room is null ? ValueTask.CompletedTask : new ValueTask(room.Task);
    }

    /// <summary>Takes everything. The list is valid until the next call.</summary>
    public List<NodeInput> Take()
    {
        TaskCompletionSource? room;
        lock (_lock)
        {
            _spare.Clear();
            (_inputs, _spare) = (_spare, _inputs);
            (room, _room) = (_room, null);
            _messages = 0;
            _tickQueued = false;
        }
        room?.SetResult();
        return _spare;
    }
}
