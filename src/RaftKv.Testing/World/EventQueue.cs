namespace RaftKv.Testing.World;

/// <summary>What will happen, ordered by virtual time and, at the same moment, by the order in which it was planned.</summary>
internal sealed class EventQueue
{
    private readonly PriorityQueue<Action, (long Micros, long Sequence)> _events = new();
    private long _sequence;

    public long NowMicros { get; private set; }

    public int Count => _events.Count;

    public void After(long micros, Action happening) => _events.Enqueue(happening, (NowMicros + micros, _sequence++));

    /// <summary>Moves to the next event and runs it; false when there is none.</summary>
    public bool RunNext()
    {
        if (!_events.TryDequeue(out Action? happening, out (long Micros, long Sequence) when))
            return false;
        NowMicros = when.Micros;
        happening();
        return true;
    }
}
