using RaftKv.Testing.Checkers;

namespace RaftKv.Testing.Histories;

/// <summary>Everything that clients, watches and members showed in a run, in order. Calls are paired with their ends.</summary>
public sealed class History
{
    private readonly List<HistoryEvent> _events = [];
    private readonly List<HistoryCall> _calls = [];
    private readonly Dictionary<string, HistoryCall> _open = [];
    private RevisionLog? _revisions;

    /// <summary>The events in order.</summary>
    public IReadOnlyList<HistoryEvent> Events => _events;

    /// <summary>The calls in the order in which they began.</summary>
    public IReadOnlyList<HistoryCall> Calls => _calls;

    /// <summary>What the watches told of each revision, gathered once for all who ask.</summary>
    internal RevisionLog Revisions => _revisions ??= new RevisionLog(this);

    /// <summary>Adds the next event.</summary>
    /// <exception cref="FormatException">A client calls while a call of it is open, or is answered while none is.</exception>
    public void Add(HistoryEvent happened)
    {
        ArgumentNullException.ThrowIfNull(happened);
        _revisions = null;
        switch (happened)
        {
            case CallStarted started:
                HistoryCall call = new(started.Actor, started.Call, _events.Count);
                if (!_open.TryAdd(started.Actor, call))
                    throw new FormatException($"{started.Actor} calls while a call of it is open.");
                _calls.Add(call);
                break;
            case CallAnswered answered:
                HistoryCall known = End(answered.Actor);
                (known.Fate, known.Answer, known.Ended) = (CallFate.Answered, answered.Answer, _events.Count);
                break;
            case CallFailed { MayHaveHappened: false } failed:
                HistoryCall refused = End(failed.Actor);
                (refused.Fate, refused.Ended) = (CallFate.Failed, _events.Count);
                break;
            case CallFailed unknown:
                End(unknown.Actor);
                break;
            default:
                break;
        }
        _events.Add(happened);
    }

    private HistoryCall End(string client) =>
        _open.Remove(client, out HistoryCall? call) ? call : throw new FormatException($"{client} is answered without having called.");
}
