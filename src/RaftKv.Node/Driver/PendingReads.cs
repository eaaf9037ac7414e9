using RaftKv.Raft;

namespace RaftKv.Node.Driver;

/// <summary>This node's reads: all that arrive together are confirmed together, then wait until the machine is new enough.</summary>
internal sealed class PendingReads(NodeDriverOptions options)
{
    private readonly RequestQueue _all = new(options.RequestTicks);
    private readonly Dictionary<long, List<ReadInput>> _asked = [];
    private readonly PriorityQueue<List<ReadInput>, long> _confirmed = new();
    private List<ReadInput> _unasked = [];
    private long _lastRequestId;
    private bool _leaderMissing;

    /// <summary>How many have not ended.</summary>
    public int Count => _all.Count;

    public void Add(ReadInput read, long nowTick)
    {
        _all.Add(read, nowTick);
        _unasked.Add(read);
    }

    /// <summary>A leader may be known now, so reads without one are worth another try.</summary>
    public void TryAgain() => _leaderMissing = false;

    /// <summary>Asks the core once for everything that has arrived since.</summary>
    public void Flush(RaftCore core)
    {
        if (_unasked.Count == 0 || _leaderMissing)
            return;
        long requestId = ++_lastRequestId;
        if (core.Read(requestId) != ReadStatus.Waiting)
        {
            _leaderMissing = true;
            return;
        }
        _asked.Add(requestId, _unasked);
        _unasked = [];
    }

    public void Answered(ReadResult answer, LogIndex applied)
    {
        if (!_asked.Remove(answer.RequestId, out List<ReadInput>? reads))
            return;
        if (answer.Outcome == ReadOutcome.Confirmed)
        {
            if (applied >= answer.Index || Mutation.Is(Mutant.ReadsBeforeApplied))
                Succeed(reads);
            else
                _confirmed.Enqueue(reads, answer.Index.Value);
            return;
        }
        // Asking again at once could turn in circles while leadership is unsettled: the next tick or leader asks.
        _leaderMissing = true;
        _unasked.AddRange(reads);
    }

    public void Applied(LogIndex applied)
    {
        while (_confirmed.TryPeek(out List<ReadInput>? reads, out long index) && index <= applied.Value)
        {
            _confirmed.Dequeue();
            Succeed(reads);
        }
    }

    /// <summary>Ends what has waited too long.</summary>
    public void Expire(long nowTick, NodeId leader)
    {
        while (_all.Expired(nowTick) is ReadInput read)
        {
            string message = leader == NodeId.None
                ? "No leader was known before the read's deadline."
                : "The leader did not confirm the read before the deadline.";
            Fail(read, leader == NodeId.None ? RaftKvError.NoLeader : RaftKvError.Timeout, message, leader);
        }
        _unasked.RemoveAll(static read => read.IsOver);
    }

    /// <summary>Ends what no leader was asked for.</summary>
    public void RefuseUnasked(RaftKvException refusal)
    {
        foreach (ReadInput read in _unasked)
        {
            if (!read.IsOver)
                Fail(read, refusal.Error, refusal.Message, refusal.LeaderHint ?? NodeId.None);
        }
        _unasked.Clear();
    }

    /// <summary>Ends everything: the node stops.</summary>
    public void Stop(RaftKvException reason)
    {
        while (_all.First is ReadInput read)
            Fail(read, reason.Error, reason.Message, NodeId.None, reason.InnerException);
        _unasked.Clear();
        _asked.Clear();
        _confirmed.Clear();
    }

    private void Succeed(List<ReadInput> reads)
    {
        foreach (ReadInput read in reads)
        {
            if (read.IsOver)
                continue;
            _all.End(read);
            read.Succeed();
        }
    }

    private void Fail(ReadInput read, RaftKvError error, string message, NodeId leader, Exception? inner = null)
    {
        _all.End(read);
        NodeId? hint = leader == NodeId.None ? null : leader;
        read.Fail(new RaftKvException(message, WriteOutcome.NotApplied, hint, inner) { Error = error });
    }
}
