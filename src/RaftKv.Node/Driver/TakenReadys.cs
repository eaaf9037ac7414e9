using RaftKv.Raft;

namespace RaftKv.Node.Driver;

/// <summary>
/// The Readys that were taken from the core and are still in use by the log, which is until it answers. Messages have left when they are
/// sent, which is why the transport must not keep them; of the entries to be applied the core itself keeps account.
/// </summary>
internal sealed class TakenReadys(RaftCore core)
{
    private readonly Queue<Taken> _inUse = new();
    private long _persisted;

    /// <summary>The number of the last one.</summary>
    public long Last { get; private set; }

    /// <summary>Every one up to this number was handed back.</summary>
    public long Done => _inUse.TryPeek(out Taken first) ? first.Number - 1 : Last;

    public void Add(Ready ready, bool isForLog)
    {
        Last = ready.Number;
        _inUse.Enqueue(new Taken(ready, ready.Number, isForLog));
    }

    /// <summary>The log is done with all it was given up to a number.</summary>
    public void Persisted(long number) => _persisted = Math.Max(_persisted, number);

    /// <summary>Hands back what nobody uses any more.</summary>
    public void HandBack()
    {
        while (_inUse.TryPeek(out Taken first) && (!first.IsForLog || first.Number <= _persisted))
        {
            _inUse.Dequeue();
            core.Return(first.Ready);
        }
    }

    private readonly record struct Taken(Ready Ready, long Number, bool IsForLog);
}
