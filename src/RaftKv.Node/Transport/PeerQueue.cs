using RaftKv.Node.Driver;
using RaftKv.Raft;
using RaftKv.Raft.Messages;

namespace RaftKv.Node.Transport;

/// <summary>
/// What waits for one peer's connection. Bounded in bytes: a message that does not fit is dropped, which the protocol repeats.
/// Any thread adds, whoever holds the connection takes.
/// </summary>
internal sealed class PeerQueue(long bytesMax)
{
    private readonly Lock _lock = new();
    private readonly SortedList<long, MemberNotice> _notices = [];
    private List<Message> _messages = [];
    private List<Message> _spare = [];
    private long _bytes;
    private LogIndex _applied;
    private bool _appliedIsNew;

    /// <summary>Bytes of the messages that wait; as of some moment.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Whether nothing waits.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (_lock)
                return _messages.Count == 0 && !_appliedIsNew && _notices.Count == 0;
        }
    }

    /// <summary>Adds a message; false when it was dropped.</summary>
    public bool TryAdd(Message message, int bytes)
    {
        lock (_lock)
        {
            if (_bytes + bytes > bytesMax)
                return false;
            _bytes += bytes;
            _messages.Add(message);
            return true;
        }
    }

    /// <summary>Replaces the progress that waits to be told.</summary>
    public void SetApplied(LogIndex applied)
    {
        lock (_lock)
        {
            _appliedIsNew |= _applied != applied;
            _applied = applied;
        }
    }

    /// <summary>Replaces the notice about its group that waits to be told.</summary>
    public void SetNotice(MemberNotice notice)
    {
        lock (_lock)
            _notices[notice.Group.Value] = notice;
    }

    /// <summary>Takes everything. The list is valid until the next call.</summary>
    public List<Message> Take(out LogIndex? applied, out IReadOnlyList<MemberNotice> notices)
    {
        lock (_lock)
        {
            _spare.Clear();
            (_messages, _spare) = (_spare, _messages);
            _bytes = 0;
            applied = _appliedIsNew ? _applied : null;
            notices = _notices.Count == 0 ? [] : [.. _notices.Values];
            _notices.Clear();
            _appliedIsNew = false;
            return _spare;
        }
    }

    /// <summary>A new connection tells the progress again, for it may never have arrived.</summary>
    public void RepeatApplied()
    {
        lock (_lock)
            _appliedIsNew = _applied != LogIndex.Zero;
    }

    /// <summary>Drops the messages that wait.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _messages.Clear();
            _bytes = 0;
        }
    }
}
