using RaftKv.Raft.Messages;

namespace RaftKv.Raft;

/// <summary>
/// Gathers the messages of one <see cref="Ready"/> in the very array that will leave with it. A batch is usually as long as the one
/// before, so an array of that length is filled and handed over without a copy, and nothing is allocated while there is no message.
/// </summary>
internal sealed class MessageBatch
{
    private Message[] _messages = [];
    private int _usualCount = 1;

    public int Count { get; private set; }

    public void Add(Message message)
    {
        if (Count == _messages.Length)
            Array.Resize(ref _messages, Math.Max(_usualCount, 2 * Count));
        _messages[Count++] = message;
    }

    /// <summary>Takes over everything another batch holds.</summary>
    public void MoveFrom(MessageBatch other)
    {
        if (other.Count == 0)
            return;
        foreach (Message message in other.Take())
            Add(message);
    }

    /// <summary>The messages, which the caller owns from now on.</summary>
    public Message[] Take()
    {
        if (Count == 0)
            return [];
        Message[] taken = Count == _messages.Length ? _messages : _messages[..Count];
        _usualCount = Count;
        Clear();
        return taken;
    }

    public void Clear() => (_messages, Count) = ([], 0);
}
