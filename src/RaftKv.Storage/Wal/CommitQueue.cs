namespace RaftKv.Storage.Wal;

/// <summary>
/// Group commit without timers: whoever comes while nobody writes, writes; whoever comes while someone writes waits, and the
/// first of those writes for all of them.
/// </summary>
/// <remarks>The queue is as long as there are threads that append; each of them is blocked, which is the bound.</remarks>
internal sealed class CommitQueue(Func<long> writeBytesMax, Action<List<AppendRequest>> commit)
{
    private readonly object _gate = new();
    private readonly Queue<AppendRequest> _waiting = new();
    private readonly List<AppendRequest> _taken = [];
    private bool _busy;

    /// <summary>Returns when the request is decided, by this thread or by another.</summary>
    public void Submit(AppendRequest request)
    {
        bool leads;
        lock (_gate)
        {
            leads = !_busy;
            _busy = true;
            _waiting.Enqueue(request);
        }

        if (leads || request.WaitForTurn())
            Lead(request);
    }

    private void Lead(AppendRequest own)
    {
        AppendRequest? successor = null;
        try
        {
            Take();
            Invariant.Check(_taken[0] == own);
            commit(_taken);
        }
        finally
        {
            AppendRequest[] done = [.. _taken];
            lock (_gate)
            {
                _taken.Clear();
                _busy = _waiting.TryPeek(out successor);
            }

            successor?.Lead();
            foreach (AppendRequest request in done)
            {
                if (request != own)
                    request.Complete();
            }
        }
    }

    private void Take()
    {
        long room = writeBytesMax();
        lock (_gate)
        {
            do
            {
                AppendRequest request = _waiting.Dequeue();
                _taken.Add(request);
                room -= request.Batch.EncodedBytes;
            }
            while (_waiting.TryPeek(out AppendRequest? next) && next.Batch.EncodedBytes <= room);
        }
    }
}
