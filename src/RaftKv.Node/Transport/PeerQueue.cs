using RaftKv.Node.Driver;
using RaftKv.Raft;
using RaftKv.Raft.Messages;

namespace RaftKv.Node.Transport;

/// <summary>
/// What waits for one peer's connection. Bounded in bytes, and with those of the other peers: a message that does not fit is dropped, which
/// the protocol repeats. Any thread adds, whoever holds the connection takes.
/// </summary>
/// <remarks>
/// Messages are encoded as they come, into portions that are used again, so that nothing of a message is needed once it was added.
/// </remarks>
internal sealed class PeerQueue(QueueRoom room)
{
    // A portion becomes one frame, so that a long queue does not become one huge array.
    private const int PortionBytes = 256 * 1024;

    // One gathers while another is sent.
    private const int SparesMax = 2;

    private readonly Lock _lock = new();
    private readonly SortedList<GroupId, LogIndex> _applied = [];
    private readonly SortedSet<GroupId> _appliedIsNew = [];
    private readonly SortedList<GroupId, MemberNotice> _notices = [];
    private readonly List<(GroupId Group, LogIndex Applied)> _progress = [];
    private readonly Stack<FrameBuffer> _spares = new(SparesMax);
    private List<FrameBuffer> _portions = [];
    private List<FrameBuffer> _taken = [];

    // Few members have damaged logs at any time, and each of them asks one question at a time.
    private readonly List<RepairNotice> _repairs = [];

    // A digest and a verdict for each group at most.
    private readonly SortedList<(GroupId Group, bool IsVerdict), AttestationNotice> _attestations = [];
    private long _bytes;

    // Of those that wait and of those that were taken and not given back.
    private long _held;
    private bool _isClosed;

    /// <summary>Bytes of the messages that wait; as of some moment.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Whether nothing waits.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (_lock)
                return _portions.Count == 0 && _appliedIsNew.Count == 0 && _notices.Count == 0 && _repairs.Count == 0
                    && _attestations.Count == 0;
        }
    }

    /// <summary>Adds a message; false when it was dropped.</summary>
    public bool TryAdd(Message message)
    {
        int bytes = FrameBuffer.BytesOf(message);
        lock (_lock)
        {
            if (_isClosed || !room.TryTake(_held, bytes))
                return false;
            _bytes += bytes;
            _held += bytes;
            if (_portions.Count == 0 || _portions[^1].Length >= PortionBytes)
                BeginPortion();
            _portions[^1].AddMessage(message);
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

    /// <summary>Replaces what of its kind waits to be told about its group.</summary>
    public void SetRepair(RepairNotice notice)
    {
        lock (_lock)
        {
            _repairs.RemoveAll(waiting => waiting.Group == notice.Group && waiting.GetType() == notice.GetType());
            _repairs.Add(notice);
        }
    }

    /// <summary>Replaces what of its kind waits to be told about its group.</summary>
    public void SetAttestation(AttestationNotice notice)
    {
        lock (_lock)
            _attestations[(notice.Group, notice is VerdictNotice)] = notice;
    }

    /// <summary>Takes what is to be told about slices of states.</summary>
    public AttestationNotice[] TakeAttestations()
    {
        lock (_lock)
        {
            if (_attestations.Count == 0)
                return [];
            AttestationNotice[] attestations = [.. _attestations.Values];
            _attestations.Clear();
            return attestations;
        }
    }

    /// <summary>Takes what is to be told about damaged logs.</summary>
    public RepairNotice[] TakeRepairs()
    {
        lock (_lock)
        {
            if (_repairs.Count == 0)
                return [];
            RepairNotice[] repairs = [.. _repairs];
            _repairs.Clear();
            return repairs;
        }
    }

    /// <summary>
    /// Takes everything but that: the messages in frames that were begun, to be ended by the caller and given back. The lists are valid until the
    /// next call.
    /// </summary>
    public IReadOnlyList<FrameBuffer> Take(out IReadOnlyList<(GroupId Group, LogIndex Applied)> progress, out MemberNotice[] notices)
    {
        lock (_lock)
        {
            _taken.Clear();
            (_portions, _taken) = (_taken, _portions);
            _bytes = 0;
            _progress.Clear();
            foreach (GroupId group in _appliedIsNew)
                _progress.Add((group, _applied[group]));
            _appliedIsNew.Clear();
            progress = _progress;
            notices = [.. _notices.Values];
            _notices.Clear();
            return _taken;
        }
    }

    /// <summary>A portion was sent, or is not to be sent any more.</summary>
    public void GiveBack(FrameBuffer portion)
    {
        lock (_lock)
        {
            GiveRoomBack(portion.MessageBytes);
            portion.Clear();
            if (_spares.Count < SparesMax)
                _spares.Push(portion);
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
            _portions.Clear();
            GiveRoomBack(_bytes);
            _bytes = 0;
        }
    }

    /// <summary>Drops the messages that wait, and takes no more: the peer is none any more.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _portions.Clear();
            GiveRoomBack(_held);
            _bytes = 0;
            _isClosed = true;
        }
    }

    // What was taken before the queue was closed has been given back with it.
    private void GiveRoomBack(long bytes)
    {
        if (_isClosed)
            return;
        _held -= bytes;
        room.Give(bytes);
    }

    private void BeginPortion()
    {
        if (!_spares.TryPop(out FrameBuffer? portion))
            portion = new FrameBuffer();
        portion.Begin();
        _portions.Add(portion);
    }
}
