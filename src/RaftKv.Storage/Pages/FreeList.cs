namespace RaftKv.Storage.Pages;

/// <summary>
/// Which page numbers may be written next, and which will be once nobody can reach them any more. Owned by the writer, under its lock.
/// </summary>
/// <remarks>
/// Invariants: every page from the first one up to the count is reachable from the working root, free, or waiting, and exactly one of
/// them. A page that a checkpoint contains waits for the next durable checkpoint; every freed page waits for the readers that began
/// before it was freed.
/// </remarks>
internal sealed class FreeList
{
    private readonly PageBitmap _free;
    private readonly Queue<FreedPages> _afterReaders = new();      // no checkpoint contains them
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

    /// <summary>Lets the next page be the lowest free one.</summary>
    public void StartLow() => _free.StartLow();

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
        (inCheckpoint ? _afterCheckpoint : _afterReaders).Enqueue(new FreedPages(transaction, pages.ToArray()));
    }

    /// <summary>Makes free what no reader from <paramref name="oldestSnapshot"/> on and no checkpoint can reach.</summary>
    /// <param name="oldestSnapshot">Transaction of the oldest root in use.</param>
    /// <param name="durableTransaction">Transaction of the last durable checkpoint.</param>
    /// <param name="pagesMax">Pages after which to leave the rest to the next call, for each of the two queues.</param>
    /// <param name="released">Receives the pages, whose frames may go too.</param>
    /// <returns>Whether there is a rest.</returns>
    public bool Reclaim(long oldestSnapshot, long durableTransaction, int pagesMax, List<uint> released)
    {
        bool more = Release(_afterReaders, oldestSnapshot, pagesMax, released);
        if (Mutation.Is(Mutant.PageReusedBeforeCheckpoint))
            durableTransaction = oldestSnapshot;
        return Release(_afterCheckpoint, Math.Min(oldestSnapshot, durableTransaction), released.Count + pagesMax, released) || more;
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

    private bool Release(Queue<FreedPages> queue, long transactionMax, int countMax, List<uint> released)
    {
        while (queue.TryPeek(out FreedPages? freed) && freed.Transaction <= transactionMax)
        {
            if (released.Count >= countMax)
                return true;
            queue.Dequeue();
            WaitingCount -= freed.Pages.Length;
            SetAll(_free, freed);
            released.AddRange(freed.Pages);
        }
        return false;
    }

    private uint Extend(uint length)
    {
        uint page = PageCount;
        PageCount = checked(page + length);
        _free.Grow(PageCount);
        return page;
    }

    private sealed class FreedPages(long transaction, uint[] pages)
    {
        public long Transaction => transaction;

        public uint[] Pages => pages;
    }
}
