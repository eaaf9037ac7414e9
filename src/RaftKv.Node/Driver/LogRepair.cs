using RaftKv.Node.Persistence;
using RaftKv.Node.Transport;
using RaftKv.Raft;
using RaftKv.Raft.Membership;
using RaftKv.Raft.Messages;

namespace RaftKv.Node.Driver;

/// <summary>
/// Gets back what damage took from a member's log, before the member does anything else: it neither votes nor acknowledges meanwhile, as
/// if it were down.
/// </summary>
/// <remarks>
/// Missing entries are asked of one member after the other. Each hole has an anchor, a position that is known; whoever has it in his log
/// has the missing entries exactly as they were (Raft 5.3), committed or not, so what is put back makes the log what it was and no
/// promise is lost.
/// <para>
/// Where more may be lost than can be told, or nobody has the entries any more, the member gives its log up and asks for
/// admission anew under another disk identity, like one whose disk was lost. It does so only once a leader has led for three election
/// timeouts without it: then the group can decide without its word. Until then nothing is given up, so that members which lost too
/// much at once can still be helped by hand.
/// </para>
/// </remarks>
internal sealed class LogRepair(
    NodeDriverOptions options, GroupDamage damage, Configuration configuration, ILogSink log, ITransport transport, INodeObserver observer)
    : Mending(options.ElectionTicks, leader: default)
{
    // Ticks between questions that were not answered, and between repeated notices.
    private const int AskTicks = 5;

    // In election timeouts: how long a member keeps asking when none of the answers helps it on, and how long a leader must have led. One
    // that has lost its majority leads for two at most.
    private const int Patience = 10;
    private const int Steadiness = 3;

    private readonly NodeId[] _peers = [.. configuration.Members().Where(member => member != options.Self)];
    private readonly SortedSet<NodeId> _refused = [];
    private readonly SortedList<NodeId, (long Since, long HeardAt)> _waitToo = [];
    private GroupDamage _damage = damage;
    private long _askedAt = -AskTicks;
    private long _progressAt;
    private int _asked;
    private bool _isWriting;
    private bool _hasTriedRelease;

    public override RaftKvException Meanwhile => StopReasons.Repairing();

    protected override void Work()
    {
        if (_isWriting || IsOver)
            return;
        if (options.IsRemoved)
        {
            Refusal = StopReasons.Removed(options.Self);
        }
        else if (IsHopeless && !EntryRepair.CanSpare(configuration, [options.Self]))
        {
            Refusal = StopReasons.Irreparable(_damage);
        }
        else if (IsHopeless && IsLedByOthers)
        {
            _isWriting = true;
            log.BeginAnew(options.MachineDurable);
        }
        else if (Now - _askedAt >= AskTicks)
        {
            Ask(next: true);
        }
    }

    public override void Heard(NodeId from, RepairNotice notice)
    {
        switch (notice)
        {
            case RepairAsk ask:
                log.Serve(from, ask);
                break;
            case RepairAnswer answer when !_isWriting && !IsOver && _damage.Holes.Count > 0 && answer.Hole == _damage.Holes[0]:
                Take(from, answer);
                break;
            case RepairWait:
                bool stillWaits = _waitToo.TryGetValue(from, out (long Since, long HeardAt) known) && Now - known.HeardAt <= 2 * AskTicks;
                _waitToo[from] = (stillWaits ? known.Since : Now, Now);
                break;
            default:
                break;
        }
    }

    /// <summary>
    /// A member that a leader talks to was not removed, whatever somebody says who has not heard of its admission yet. It takes an entry to
    /// remove a member: a node that came with nothing knows of no members at all.
    /// </summary>
    public override void Heard(NodeId from, MemberNotice notice)
    {
        bool isRemoved = notice.IsCommitted && notice.Index > LogIndex.Zero && notice.Index >= _damage.ConfigurationsThrough
            && !notice.Configuration.IsMember(options.Self);
        if (isRemoved && Leader.Node == NodeId.None)
            Refusal = StopReasons.Removed(options.Self);
    }

    public override bool Handle(NodeInput input)
    {
        if (input is not RepairDoneInput done)
            return false;
        Written(done.Damage);
        return true;
    }

    private void Written(GroupDamage left)
    {
        _isWriting = false;
        if (!left.Holes.SequenceEqual(_damage.Holes))
        {
            _progressAt = Now;
            _refused.Clear();
        }
        _damage = left;
        IsOver = left.IsNone;
        if (IsOver)
            observer.LogMended();
        else
            Ask(next: false);
    }

    private bool IsHopeless => _damage.IsDoubtful || _refused.Count == _peers.Length || (IsLedByOthers && HasWaitedLong);

    private bool HasWaitedLong => Now - _progressAt >= Patience * options.ElectionTicks;

    private bool IsLedByOthers => Leader.HeardAt - Leader.Since >= Steadiness * options.ElectionTicks;

    private void Ask(bool next)
    {
        _askedAt = Now;
        if (_damage.IsDoubtful)
        {
            TellThatItWaits();
            return;
        }
        if (_peers.Length == 0)
            return;
        if (next)
            _asked = (_asked + 1) % _peers.Length;
        transport.SendRepair(_peers[_asked], new RepairAsk(options.Group, _damage.Holes[0]));
    }

    private void TellThatItWaits()
    {
        foreach (NodeId peer in _peers)
            transport.SendRepair(peer, new RepairWait(options.Group));
        List<NodeId> lost = [options.Self];
        foreach ((NodeId node, (long since, long heardAt)) in _waitToo)
        {
            // What it said before it was put right may have been on the way for a while.
            if (Now - heardAt <= 2 * AskTicks && heardAt - since >= Steadiness * options.ElectionTicks)
                lost.Add(node);
        }
        if (!EntryRepair.CanSpare(configuration, lost))
            Refusal = StopReasons.Irreparable(_damage);
    }

    private void Take(NodeId from, RepairAnswer answer)
    {
        ReadOnlySpan<Entry> entries = answer.Entries.Span;
        if (!entries.IsEmpty && IsSound(answer.Hole, entries))
        {
            _isWriting = true;
            log.Mend(configuration.IsWitness(options.Self) ? WithoutPayloads(entries) : answer.Entries);
            return;
        }
        _refused.Add(from);
        if (_refused.Count == _peers.Length && !_hasTriedRelease)
        {
            (_hasTriedRelease, _isWriting) = (true, true);
            log.ReleaseDamage(options.MachineDurable);
        }
        else if (_peers[_asked] == from && _refused.Count < _peers.Length)
        {
            Ask(next: true);
        }
    }

    private static bool IsSound(LogHole hole, ReadOnlySpan<Entry> entries)
    {
        LogPosition before = new(Term.Zero, hole.First.Previous);
        foreach (Entry entry in entries)
        {
            bool isLast = entry.Index == hole.Anchor.Index;
            if (entry.Index != before.Index.Next || entry.Index > hole.Last || entry.Term < before.Term
                || entry.Term > hole.Anchor.Term || (isLast && entry.Term != hole.Anchor.Term))
            {
                return false;
            }
            before = entry.Position;
        }
        return true;
    }

    private static Entry[] WithoutPayloads(ReadOnlySpan<Entry> entries)
    {
        Entry[] bare = entries.ToArray();
        for (int i = 0; i < bare.Length; i++)
        {
            if (bare[i].Kind == EntryKind.Command)
                bare[i] = new Entry(bare[i].Position, EntryKind.Command, default);
        }
        return bare;
    }
}
