using System.Buffers;
using RaftKv.Node.Driver;
using RaftKv.Node.Transport;
using RaftKv.Raft;
using RaftKv.Raft.Messages;
using RaftKv.Testing.World;

namespace RaftKv.Testing.Network;

/// <summary>
/// Carries messages between simulated members in virtual time. It loses, repeats, delays and reorders as it is told, and cuts
/// links in one direction or both. Every message crosses the wire format.
/// </summary>
public sealed class SimulatedNetwork
{
    private readonly EventQueue _events;
    private readonly SplittableRandom _random;
    private readonly TraceHash _trace;
    private readonly Func<NodeId, SimulatedNode> _member;
    private readonly HashSet<(NodeId From, NodeId To)> _cut = [];
    private readonly SortedDictionary<(NodeId From, NodeId To), List<Action>> _clogged = [];
    private readonly SortedList<(NodeId To, GroupId Group), SimulatedSnapshotFetch> _fetches = [];
    private readonly ArrayBufferWriter<byte> _wire = new(1024);
    private readonly Stack<Parcel> _spare = new();

    internal SimulatedNetwork(EventQueue events, SplittableRandom random, TraceHash trace, Func<NodeId, SimulatedNode> member)
    {
        _events = events;
        _random = random;
        _trace = trace;
        _member = member;
        OpenSnapshots = new SimulatedSnapshotShelf(events);
    }

    /// <summary>How messages are treated from now on.</summary>
    public NetworkFaults Faults { get; set; } = NetworkFaults.None;

    /// <summary>A member that for now reaches one other and nobody else, that one surely; null for none.</summary>
    internal (NodeId Member, NodeId Only)? Quarantine { get; set; }

    /// <summary>Asked before a member opens its state for another, when set: whether it may.</summary>
    internal Func<NodeId, NodeId, bool>? MayGive { get; set; }

    /// <summary>Messages that arrived.</summary>
    public long Delivered { get; private set; }

    /// <summary>Messages that were lost, by chance or on a cut link.</summary>
    public long Lost { get; private set; }

    /// <summary>Cuts the link from one member to another; the way back stays as it is.</summary>
    public void Cut(NodeId from, NodeId to) => _cut.Add((from, to));

    /// <summary>Cuts all links between a member and the others given, both ways.</summary>
    public void Isolate(NodeId member, IEnumerable<NodeId> others)
    {
        ArgumentNullException.ThrowIfNull(others);
        foreach (NodeId other in others)
        {
            if (other == member)
                continue;
            Cut(member, other);
            Cut(other, member);
        }
    }

    /// <summary>Holds back everything from one member to another; <see cref="Heal"/> lets it all arrive at once.</summary>
    public void Clog(NodeId from, NodeId to) => _clogged.TryAdd((from, to), []);

    /// <summary>Mends every link. What was held back arrives.</summary>
    public void Heal()
    {
        _cut.Clear();
        foreach (Action arrive in _clogged.Values.SelectMany(held => held))
            _events.After(0, arrive);
        _clogged.Clear();
    }

    internal void Send(Message message)
    {
        _wire.ResetWrittenCount();
        MessageCodec.Write(message, _wire);
        ReadOnlySpan<byte> bytes = _wire.WrittenSpan;
        _trace.Add(_events.NowMicros, message.From.Value, message.To.Value, bytes.Length);
        _trace.Add(bytes);
        if (_random.Chance(Faults.CorruptChance))
        {
            Damage([.. bytes]);
            return;
        }
        for (int copies = Copies(); copies > 0; copies--)
        {
            if (IsLost())
                continue;
            if (!_spare.TryPop(out Parcel? parcel))
                parcel = new Parcel(Arrive);
            parcel.Fill(message.From, message.To, bytes);
            _events.After(Delay(), parcel.Arrive);
        }
    }

    internal void SendProgress(NodeId from, NodeId to, LogIndex applied)
    {
        _trace.Add(_events.NowMicros, from.Value, to.Value, applied.Value);
        Transmit(from, to, () => _member(to).Take(new PeerAppliedInput(from, applied)));
    }

    internal void SendMembers(NodeId from, NodeId to, MemberNotice notice)
    {
        _trace.Add(_events.NowMicros, from.Value, to.Value, notice.Index.Value);
        Transmit(from, to, () => _member(to).Take(new MembersHeardInput(from, notice)));
    }

    internal void SendRepair(NodeId from, NodeId to, RepairNotice notice)
    {
        _trace.Add(_events.NowMicros, from.Value, to.Value, notice is RepairAnswer answer ? answer.Entries.Length : -1);
        Transmit(from, to, () => _member(to).Take(new RepairHeardInput(from, notice)));
    }

    internal void SendAttestation(NodeId from, NodeId to, AttestationNotice notice)
    {
        _trace.Add(_events.NowMicros, from.Value, to.Value, notice.Position.Index.Value);
        Transmit(from, to, () => _member(to).Take(new AttestationHeardInput(from, notice)));
    }

    /// <summary>Begins to fetch a state; whatever the fetch does on the member that takes it runs as that member's work.</summary>
    internal void Fetch(NodeId to, GroupId group, SnapshotOrder order, ISnapshotSink sink, Action<Action> run)
    {
        StopFetching(to, group);
        SimulatedSnapshotFetch fetch = new(this, _events, to, group, order, sink, run);
        _fetches[(to, group)] = fetch;
        fetch.Start();
    }

    internal void StopFetching(NodeId to, GroupId group)
    {
        if (_fetches.Remove((to, group), out SimulatedSnapshotFetch? fetch))
            fetch.Abort("the fetch was given up");
    }

    /// <summary>A fetch has ended in the hands of who takes it.</summary>
    internal void Forget(NodeId to, GroupId group) => _fetches.Remove((to, group));

    /// <summary>A member's power went: what it fetched ends without a word, and what it had opened for others is gone.</summary>
    internal void Crashed(NodeId member)
    {
        foreach ((NodeId To, GroupId Group) key in _fetches.Keys.Where(key => key.To == member).ToList())
            _fetches.Remove(key);
        OpenSnapshots.Forget(member);
    }

    internal SimulatedSnapshotShelf OpenSnapshots { get; }

    internal bool IsUnderWay(SimulatedSnapshotFetch fetch) =>
        _fetches.TryGetValue((fetch.To, fetch.Group), out SimulatedSnapshotFetch? present) && present == fetch;

    internal void Ended(SimulatedSnapshotFetch fetch)
    {
        if (IsUnderWay(fetch))
            _fetches.Remove((fetch.To, fetch.Group));
    }

    /// <summary>One step of a connection: it works after the delay of a message, or breaks as a message is lost.</summary>
    internal void Step(NodeId from, NodeId to, Action works, Action breaks)
    {
        bool isLost = _random.Chance(Faults.LossChance);
        _events.After(Delay(), () =>
        {
            if (isLost || _cut.Contains((from, to)) || _cut.Contains((to, from)))
                breaks();
            else
                works();
        });
    }

    /// <summary>Runs work on the member that a state is fetched from, if it runs.</summary>
    internal bool Serve(NodeId from, Action<ISnapshotSource> work)
    {
        bool served = false;
        SimulatedNode member = _member(from);
        member.Serve(() =>
        {
            if (member.Snapshots is not { } source)
                return;
            work(source);
            served = true;
        });
        return served;
    }

    private bool IsQuarantined(NodeId from, NodeId to) => Quarantine is { } only && (from == only.Member || to == only.Member);

    private int Copies() => _random.Chance(Faults.RepeatChance) ? 2 : 1;

    private bool IsLost()
    {
        bool isLost = _random.Chance(Faults.LossChance);
        Lost += isLost ? 1 : 0;
        return isLost;
    }

    private void Transmit(NodeId from, NodeId to, Action arrive)
    {
        for (int copies = Copies(); copies > 0; copies--)
        {
            if (!IsLost())
                _events.After(Delay(), () => Arrive(from, to, arrive));
        }
    }

    private long Delay()
    {
        long delay = Faults.DelayMicrosMin + _random.Next(Faults.DelayMicrosMax - Faults.DelayMicrosMin + 1);
        if (_random.Chance(Faults.LateChance))
            delay += _random.Next(Faults.LateMicrosMax + 1);
        return delay;
    }

    private void Arrive(NodeId from, NodeId to, Action arrive)
    {
        if (!IsHeld(from, to, () => Arrive(from, to, arrive)) && Passes(from, to))
            arrive();
    }

    private void Arrive(Parcel parcel)
    {
        if (IsHeld(parcel.From, parcel.To, parcel.Arrive))
            return;
        if (Passes(parcel.From, parcel.To))
            Deliver(parcel);
        _spare.Push(parcel);
    }

    private bool IsHeld(NodeId from, NodeId to, Action arrive)
    {
        if (_clogged.Count == 0 || IsQuarantined(from, to) || !_clogged.TryGetValue((from, to), out List<Action>? held))
            return false;
        held.Add(arrive);
        return true;
    }

    // A link that is cut while a message is on its way loses it, as a broken connection does.
    private bool Passes(NodeId from, NodeId to)
    {
        bool passes = Quarantine is { } only && IsQuarantined(from, to)
            ? from == only.Only || to == only.Only
            : _cut.Count == 0 || !_cut.Contains((from, to));
        Delivered += passes ? 1 : 0;
        Lost += passes ? 0 : 1;
        return passes;
    }

    // The frame's checksum drops it in production; the decoder behind must bear it all the same.
    private void Damage(byte[] bytes)
    {
        Lost++;
        bytes[_random.Next(bytes.Length)] ^= (byte)(1 << _random.Next(8));
        _ = MessageCodec.TryRead(bytes, out _);
    }

    private void Deliver(Parcel parcel)
    {
        if (MessageCodec.TryRead(parcel.Bytes, out Message? message) != OperationStatus.Done)
            throw new SimulationException("A message that was written could not be read back.");
        _member(message!.To).Receive(message);
    }
}
