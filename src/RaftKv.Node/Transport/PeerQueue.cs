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
    private readonly SortedList<GroupId, LogIndex> _applied = [];
    private readonly SortedSet<GroupId> _appliedIsNew = [];
    private readonly SortedList<GroupId, MemberNotice> _notices = [];
    private readonly List<(GroupId Group, LogIndex Applied)> _progress = [];
    private List<Message> _messages = [];
    private List<Message> _spare = [];
    private long _bytes;

    /// <summary>Bytes of the messages that wait; as of some moment.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Whether nothing waits.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (_lock)
                return _messages.Count == 0 && _appliedIsNew.Count == 0 && _notices.Count == 0;
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
    public void SetApplied(GroupId group, LogIndex applied)
    {
        lock (_lock)
        {
            if (_applied.TryGetValue(group, out LogIndex known) && known == applied)
                return;
            _applied[group] = applied;
            _appliedIsNew.Add(group);
        }
    }

    /// <summary>Replaces the notice about its group that waits to be told.</summary>
    public void SetNotice(MemberNotice notice)
    {
        lock (_lock)
            _notices[notice.Group] = notice;
    }

    /// <summary>Takes everything. The lists are valid until the next call.</summary>
    public List<Message> Take(out IReadOnlyList<(GroupId Group, LogIndex Applied)> progress, out MemberNotice[] notices)
    {
        lock (_lock)
        {
            _spare.Clear();
            (_messages, _spare) = (_spare, _messages);
            _bytes = 0;
            _progress.Clear();
            foreach (GroupId group in _appliedIsNew)
                _progress.Add((group, _applied[group]));
            _appliedIsNew.Clear();
            progress = _progress;
            notices = [.. _notices.Values];
            _notices.Clear();
            return _spare;
        }
    }

    /// <summary>A new connection tells the progress again, for it may never have arrived.</summary>
    public void RepeatApplied()
    {
        lock (_lock)
            _appliedIsNew.UnionWith(_applied.Keys);
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
