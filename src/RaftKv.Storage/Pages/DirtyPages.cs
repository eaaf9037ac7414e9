namespace RaftKv.Storage.Pages;

/// <summary>
/// Pages whose only copy is in memory: how many there are, and in which order they were made, so that the writer can spill the oldest when
/// they become too many (<see cref="PageSpiller"/>). The count is guarded by the cache's lock, the order is the writer's.
/// </summary>
internal sealed unsafe class DirtyPages(Lock cacheLock, PageTable table, FrameSupply frames, int pageSizeBytes)
{
    private Queue<uint> _unwritten = new();     // made or changed since the last freeze, oldest first; writer only
    private Queue<uint> _leftOver = new();      // made or changed before it
    private int _toSift;
    private long _count;

    /// <summary>Bytes of these pages.</summary>
    public long Bytes => Volatile.Read(ref _count) * pageSizeBytes;

    /// <summary>Whether they take more than three quarters of what the budget has for pages.</summary>
    public bool AreTooMany => Volatile.Read(ref _count) > frames.DirtyPagesMax;

    /// <summary>Counts a page that has become dirty. Under the cache's lock.</summary>
    /// <param name="page">The page.</param>
    /// <param name="isChange">Whether the writer made or is about to change it, rather than a checkpoint to seal it.</param>
    public void Add(uint page, bool isChange)
    {
        _count++;
        if (isChange)
            _unwritten.Enqueue(page);
    }

    /// <summary>Counts a page less. Under the cache's lock.</summary>
    public void Remove() => _count--;

    /// <summary>Leaves the dirty pages there are to the checkpoint that begins. Writer only.</summary>
    /// <remarks>What was replaced before it began, and only an open view can reach, is not in it and waits to be spilled after it.</remarks>
    public void LeaveToCheckpoint()
    {
        if (_leftOver.Count == 0)
            (_unwritten, _leftOver) = (_leftOver, _unwritten);
        while (_unwritten.TryDequeue(out uint page))
            _leftOver.Enqueue(page);
        _toSift = _leftOver.Count;
    }

    /// <summary>Forgets which pages the last checkpoint has written, some at a time; whether there are more. Between two transactions.</summary>
    public bool SiftLeftOver(int pages)
    {
        lock (cacheLock)
        {
            for (; pages > 0 && _toSift > 0 && _leftOver.TryDequeue(out uint page); pages--, _toSift--)
            {
                if (IsDirty(page))
                    _leftOver.Enqueue(page);
            }
        }
        return _toSift > 0;
    }

    /// <summary>Lists dirty pages that were not used since they were last passed over, oldest first. Writer only, within an access.</summary>
    /// <param name="pages">Receives them.</param>
    /// <param name="pagesMax">The most to list.</param>
    /// <param name="checkpointing">Newest transaction of the checkpoint that is being written; 0 when none is.</param>
    public void TakeSpillable(List<uint> pages, int pagesMax, long checkpointing)
    {
        if (checkpointing == 0)
            TakeSpillable(_leftOver, pages, pagesMax, checkpointing);
        TakeSpillable(_unwritten, pages, pagesMax, checkpointing);
    }

    private void TakeSpillable(Queue<uint> from, List<uint> pages, int pagesMax, long checkpointing)
    {
        for (int looks = 4 * pagesMax; looks > 0 && pages.Count < pagesMax && from.TryDequeue(out uint page); looks--)
        {
            if (!IsDirty(page))
                continue;
            PageEntry* entry = table.Find(page);
            if (new NodePage((byte*)entry->Frame).Transaction <= checkpointing)
                continue;
            if (entry->Referenced == 0)
            {
                pages.Add(page);
                continue;
            }
            entry->Referenced = 0;
            from.Enqueue(page);
        }
    }

    private bool IsDirty(uint page)
    {
        PageEntry* entry = table.Find(page);
        return entry != null && Volatile.Read(ref entry->Dirty) != 0;
    }
}
