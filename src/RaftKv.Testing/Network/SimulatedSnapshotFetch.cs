using RaftKv.Node.Transport;
using RaftKv.Raft;
using RaftKv.Testing.World;

namespace RaftKv.Testing.Network;

/// <summary>
/// One fetch of a state in virtual time: piece by piece, over a connection that breaks when the network loses a piece, and that is
/// then opened again and goes on, as the real transport does.
/// </summary>
internal sealed class SimulatedSnapshotFetch(
    SimulatedNetwork network, EventQueue events, NodeId to, GroupId group, SnapshotOrder order, ISnapshotSink sink, Action<Action> run)
{
    // Small, so that faults fall between pieces of small states too.
    private const int PieceBytes = 4096;

    private const long RetryMicros = 100_000;
    private const long StallMicros = 30_000_000;

    private long? _heldId;
    private long _heldBytes;
    private long _progressAt;

    public NodeId To { get; } = to;

    public GroupId Group { get; } = group;

    public void Start()
    {
        _progressAt = events.NowMicros;
        if (sink.Held is { } held)
            (_heldId, _heldBytes) = (held.Id, held.Bytes);
        Connect();
    }

    public void Abort(string reason)
    {
        network.Ended(this);
        run(() => sink.Abort(reason));
    }

    private void Connect() => Step(() =>
    {
        ISnapshotReader? reader = null;
        bool served = network.Serve(order.From, source => reader = Open(source));
        if (!served)
            Break();
        else if (reader is null)
            Abort($"member {order.From} has no state that includes {order.AtLeast}");
        else
            Begin(reader.Description);
    });

    private ISnapshotReader? Open(ISnapshotSource source)
    {
        ISnapshotReader? kept = network.OpenSnapshots.Find(order.From, To, Group);
        if (kept is not null && kept.Description.Id == _heldId && kept.Description.Position.Index >= order.AtLeast.Index)
            return kept;
        ISnapshotReader? opened = network.MayGive?.Invoke(order.From, To) == false ? null : source.Open(Group, order.AtLeast);
        if (opened is not null)
            network.OpenSnapshots.Add(order.From, To, Group, opened);
        return opened;
    }

    private void Begin(SnapshotDescription description)
    {
        if (description.Id != _heldId)
            _heldBytes = 0;
        _heldId = description.Id;
        run(() => sink.Begin(description, _heldBytes));
        Continue();
    }

    private void Continue() => Step(() =>
    {
        byte[] piece = new byte[PieceBytes];
        int? count = null;
        network.Serve(order.From, _ => count = network.OpenSnapshots.Find(order.From, To, Group)?.Read(_heldBytes, piece));
        if (count is null)
            Break();
        else if (count == 0)
            Complete();
        else
            Take(piece.AsMemory(0, count.Value));
    });

    private void Take(ReadOnlyMemory<byte> piece)
    {
        run(() => sink.Write(_heldBytes, piece.Span));
        _heldBytes += piece.Length;
        _progressAt = events.NowMicros;
        Continue();
    }

    private void Complete()
    {
        network.Ended(this);
        network.OpenSnapshots.Close(order.From, To, Group);
        run(sink.Complete);
    }

    private void Break()
    {
        if (events.NowMicros - _progressAt > StallMicros)
            Abort("nothing has come for a long time");
        else
            events.After(RetryMicros, WhileUnderWay(Connect));
    }

    private void Step(Action works) => network.Step(order.From, To, WhileUnderWay(works), WhileUnderWay(Break));

    private Action WhileUnderWay(Action work) => () =>
    {
        if (network.IsUnderWay(this))
            work();
    };
}
