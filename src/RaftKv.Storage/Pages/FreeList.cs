using System.Diagnostics.CodeAnalysis;

namespace RaftKv.Storage.Pages;

/// <summary>
/// Which page numbers may be written next, and which will be once nobody can reach them any more. Owned by the writer, under its lock.
/// </summary>
/// <remarks>
/// Invariants: every page from the first one up to the count is reachable from the working root, free, or waiting, and exactly one of
/// them. Every freed page waits for the readers that began before it was freed; one that a checkpoint contains then waits, out of memory,
/// for the next durable checkpoint, and for a backup of the last one.
/// </remarks>
internal sealed class FreeList
{
    private readonly PageBitmap _free;
    private readonly Queue<FreedPages> _afterReaders = new();
    private readonly Queue<FreedPages> _afterCheckpoint = new();

    public FreeList(uint firstPage, PageBitmap free)
    {
        FirstPage = firstPage;
        _free = free;
        PageCount = free.PageCount;
    }

    public uint FirstPage { get; }

    /// <summary>Pages at or beyond this number were never handed out.</summary>
    public uint PageCount { get; private set; }

    /// <summary>Pages that can be handed out now without growing the file.</summary>
    public uint FreeCount => _free.Count;

    /// <summary>Pages freed but still reachable by a reader or a checkpoint.</summary>
    public long WaitingCount { get; private set; }

    /// <summary>Whether the page can be handed out.</summary>
    public bool IsFree(uint page) => _free[page];

    public uint Take()
    {
        uint page = _free.TakeOne();
        return page != 0 ? page : Extend(1);
    }

    /// <summary>Takes pages that follow each other.</summary>
    public uint TakeRun(uint length)
    {
        uint page = length == 1 ? _free.TakeOne() : _free.TakeRun(length, PageCount);
        return page != 0 ? page : Extend(length);
    }

    /// <summary>Takes free pages that follow each other and end before a page; 0 when there are none. The file never grows.</summary>
    public uint TakeRunBefore(uint length, uint before) => _free.TakeRun(length, before);

    /// <summary>Forgets the free pages at the end.</summary>
    public void TrimTail()
    {
        uint count = PageCount;
        while (count > FirstPage && _free[count - 1])
            count--;
        _free.Truncate(count);
        PageCount = count;
    }

    /// <summary>Gives back pages that were never published.</summary>
    public void PutBack(uint page) => _free.Set(page);

    /// <summary>Hands in what transaction <paramref name="transaction"/> freed, when it is published.</summary>
    public void AddFreed(long transaction, List<uint> pages, bool inCheckpoint)
    {
        if (pages.Count == 0)
            return;
        WaitingCount += pages.Count;
        _afterReaders.Enqueue(new FreedPages(transaction, pages.ToArray(), inCheckpoint));
    }

    /// <summary>Makes free what no reader from <paramref name="oldestSnapshot"/> on and no checkpoint can reach.</summary>
    /// <param name="oldestSnapshot">Transaction of the oldest root in use.</param>
    /// <param name="durableTransaction">Transaction of the last durable checkpoint.</param>
    /// <param name="pagesMax">Pages after which to leave the rest to the next call, for each of the two waits.</param>
    /// <param name="released">Receives the pages that are free now.</param>
    /// <param name="unread">Receives the pages that wait for a checkpoint alone from now on: nobody needs them in memory.</param>
    /// <returns>Whether there is a rest.</returns>
    public bool Reclaim(long oldestSnapshot, long durableTransaction, int pagesMax, List<uint> released, List<uint> unread)
    {
        if (Mutation.Is(Mutant.PageReusedBeforeCheckpoint))
            durableTransaction = oldestSnapshot;
        int left = pagesMax;
        while (TryDequeue(_afterReaders, oldestSnapshot, ref left, out FreedPages? freed))
        {
            if (freed.IsInCheckpoint)
            {
                unread.AddRange(freed.Pages);
                _afterCheckpoint.Enqueue(freed);
            }
            else
            {
                Release(freed, released);
            }
        }
        bool more = left <= 0;
        left = pagesMax;
        while (TryDequeue(_afterCheckpoint, Math.Min(oldestSnapshot, durableTransaction), ref left, out FreedPages? freed))
            Release(freed, released);
        return more || left <= 0;
    }

    /// <summary>What a checkpoint of the present root may call free: everything that root does not reach.</summary>
    public PageBitmap FreeInCheckpoint()
    {
        PageBitmap free = _free.Copy();
        foreach (FreedPages freed in _afterReaders)
            SetAll(free, freed);
        foreach (FreedPages freed in _afterCheckpoint)
            SetAll(free, freed);
        return free;
    }

    private static void SetAll(PageBitmap free, FreedPages freed)
    {
        foreach (uint page in freed.Pages)
            free.Set(page);
    }

    private static bool TryDequeue(Queue<FreedPages> queue, long transactionMax, ref int left, [NotNullWhen(true)] out FreedPages? freed)
    {
        if (left <= 0 || !queue.TryPeek(out freed) || freed.Transaction > transactionMax)
        {
            freed = null;
            return false;
        }
        left -= queue.Dequeue().Pages.Length;
        return true;
    }

    private void Release(FreedPages freed, List<uint> released)
    {
        WaitingCount -= freed.Pages.Length;
        SetAll(_free, freed);
        released.AddRange(freed.Pages);
    }

    private uint Extend(uint length)
    {
        uint page = PageCount;
        PageCount = checked(page + length);
        _free.Grow(PageCount);
        return page;
    }

    private sealed class FreedPages(long transaction, uint[] pages, bool isInCheckpoint)
    {
        public long Transaction => transaction;

        public bool IsInCheckpoint => isInCheckpoint;

        public uint[] Pages => pages;
    }
}
