using RaftKv.Raft;

namespace RaftKv.Node.Workers;

/// <summary>
/// What one group reads back for members that are behind, kept back as long as the pace says. What is asked again meanwhile waits for the
/// answer that is under way: read and paid for with every heartbeat, it would put itself off for ever.
/// </summary>
internal sealed class PeerReads(CatchUpPace pace)
{
    private readonly Lock _lock = new();
    private readonly HashSet<LogIndex> _underWay = [];

    /// <summary>Whether a read is to be made; false when one from the same entry on is under way.</summary>
    public bool TryBegin(LogIndex first)
    {
        lock (_lock)
            return _underWay.Add(first);
    }

    /// <summary>Completes when what was read may leave.</summary>
    public async ValueTask EndAsync(LogIndex first, long bytes)
    {
        await pace.PayAsync(bytes).ConfigureAwait(false);
        lock (_lock)
            _underWay.Remove(first);
    }
}
