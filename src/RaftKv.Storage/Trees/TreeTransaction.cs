using RaftKv.Storage.Pages;

namespace RaftKv.Storage.Trees;

/// <summary>
/// What one transaction has changed so far: its roots, the pages it made and those it left behind. Nobody else sees any of it before
/// <see cref="TreeStore.Commit"/>; dropping it gives its pages back.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="basis">What it starts from.</param>
/// <param name="pages">Lists that no other transaction uses any more.</param>
internal sealed unsafe class TreeTransaction(TreeStore store, TreeState basis, TransactionPages pages)
{
    private long _replacedPages;     // of those that the newest checkpoint contains
    private bool _usesReserve;
    private bool _isHalfDone;

    /// <summary>Number of the transaction; pages carry the number of the one that made them.</summary>
    public long Number { get; } = basis.Transaction + 1;

    public TreeRoot[] Trees { get; } = (TreeRoot[])basis.Trees.Clone();

    /// <summary>Numbers of the layer above.</summary>
    public long[] Marks { get; } = (long[])basis.Marks.Clone();

    public List<uint> Made => pages.Made;

    /// <summary>
    /// Branches made whose pointers may be older than the newest checkpoint: built, or copied from such a page. A copy of a younger one has
    /// pointers that were sealed when that was published, or to pages that no checkpoint has written.
    /// </summary>
    public List<uint> Unsealed => pages.Unsealed;

    /// <summary>Pages left behind that some checkpoint may contain.</summary>
    public List<uint> FreedDurable => pages.FreedDurable;

    /// <summary>Pages left behind that only readers may hold.</summary>
    public List<uint> FreedVolatile => pages.FreedVolatile;

    public PageReader Reader => store.WriterReader;

    /// <summary>Pages that hold large values, as of this transaction.</summary>
    public long RunPages
    {
        get => Marks[MetaPage.RunPagesMark];
        private set => Marks[MetaPage.RunPagesMark] = value;
    }

    /// <summary>Bytes of keys and values put, for the checkpoint schedule.</summary>
    public long WrittenBytes { get; set; }

    /// <summary>What replaying it would take.</summary>
    public ReplayWork Work => new(WrittenBytes, _replacedPages);

    /// <summary>Begins a change: pages found from now on stay where they are until <see cref="EndChange"/>.</summary>
    /// <param name="usesReserve">Whether it may use the space that is kept for making room.</param>
    /// <exception cref="InvalidOperationException">A change before failed: see <see cref="ThrowIfHalfDone"/>.</exception>
    public void BeginChange(bool usesReserve)
    {
        ThrowIfHalfDone();
        _isHalfDone = true;
        _usesReserve = usesReserve;
        Reader.Pin();
    }

    /// <summary>Ends a change that was made as a whole. One that an exception ended instead stays half done.</summary>
    public void EndChange()
    {
        Reader.Unpin();
        _isHalfDone = false;
    }

    /// <summary>Refuses what may only follow whole changes; after half of one the trees may not hold together, so nobody may see them.</summary>
    /// <exception cref="InvalidOperationException">A change failed: the transaction can only be dropped.</exception>
    public void ThrowIfHalfDone()
    {
        if (_isHalfDone)
            throw new InvalidOperationException("A change of this transaction failed halfway; dispose the transaction and begin another one.");
    }

    public NodePage NewPage(out PagePointer pointer)
    {
        pointer = new PagePointer(TakePage(), 0);
        return new NodePage(store.Cache.Create(pointer.Page, Reader.Slot));
    }

    private uint TakePage()
    {
        store.Space.Ensure(1, _usesReserve);
        uint page = store.FreeList.Take();
        Made.Add(page);
        return page;
    }

    /// <summary>The page if this transaction made it, else a new one in its place, whose content the caller writes anew.</summary>
    public PagePointer Replace(PagePointer pointer)
    {
        NodePage page = Reader.Get(pointer);
        if (page.Transaction == Number)
        {
            Hold(pointer);
            return pointer;
        }
        NewPage(out PagePointer replacement);
        Free(pointer.Page, page.Transaction);
        return replacement;
    }

    /// <summary>The page if this transaction made it, else a copy that takes its place.</summary>
    /// <remarks>A page that is not in memory is read to where its copy will be: nobody but old readers asks for the original again.</remarks>
    public NodePage Own(ref PagePointer pointer)
    {
        byte* found = store.Cache.Find(pointer.Page);
        NodePage page = new(found != null ? found : store.Cache.Read(pointer, Reader.Slot));
        if (page.Transaction == Number)
        {
            if (found == null)
                store.Cache.Link(pointer.Page, page.At);
            return Hold(pointer);
        }
        uint old = pointer.Page;
        long made = page.Transaction;
        NodePage copy = found != null ? Copy(page, out pointer) : Adopt(page, out pointer);
        copy.Number = pointer.Page;
        copy.Transaction = Number;
        if (!copy.IsLeaf && made <= store.FrozenTransaction)
            Unsealed.Add(pointer.Page);
        Free(old, made);
        return copy;
    }

    private NodePage Copy(NodePage page, out PagePointer pointer)
    {
        NodePage copy = NewPage(out pointer);
        Buffer.MemoryCopy(page.At, copy.At, store.PageSizeBytes, store.PageSizeBytes);
        return copy;
    }

    private NodePage Adopt(NodePage read, out PagePointer pointer)
    {
        try
        {
            pointer = new PagePointer(TakePage(), 0);
        }
        catch
        {
            store.Cache.Drop(read.At);
            throw;
        }
        store.Cache.Adopt(pointer.Page, read.At);
        return read;
    }

    // A page of this transaction that was spilled comes back to memory before it is changed.
    private NodePage Hold(PagePointer pointer)
    {
        NodePage page;
        do
            page = Reader.Get(pointer);
        while (!store.Cache.TryHold(pointer.Page, page.At, isChange: true));
        return page;
    }

    /// <summary>Lets spilled pages make room; between two changes, as pages in hand must not be written half changed.</summary>
    public void MakeRoom() => store.MakeRoom();

    /// <summary>Leaves a page behind.</summary>
    /// <param name="page">Its number.</param>
    /// <param name="made">The transaction that made it.</param>
    public void Free(uint page, long made)
    {
        bool isInCheckpoint = made <= store.FrozenTransaction;
        (isInCheckpoint ? FreedDurable : FreedVolatile).Add(page);
        _replacedPages += isInCheckpoint ? 1 : 0;
    }

    /// <summary>Leaves a page behind whose age is not known without reading it: it waits for a checkpoint, needed or not.</summary>
    public void FreeUnread(uint page) => FreedDurable.Add(page);

    /// <summary>Writes a large value to pages of its own. Nothing points to them yet, so a crash or a rollback loses nothing.</summary>
    public RunReference WriteRun(ReadOnlySpan<byte> value)
    {
        var run = new RunReference(0, PageChecksum.Of(value), value.Length);
        return WriteRun(run with { Page = store.Space.TakeRun(run.PageCount(store.PageSizeBytes), _usesReserve) }, value);
    }

    /// <summary>Writes a value to another place before a page, if there is room; whether there was.</summary>
    public bool TryMoveRun(ref RunReference run, uint before)
    {
        uint first = store.FreeList.TakeRunBefore(run.PageCount(store.PageSizeBytes), before);
        if (first == 0)
            return false;
        RunReference moved = run with { Page = first };
        ReserveRun(moved);
        var value = new byte[run.Length];
        store.File.Read(run.Page, run.Checksum, value);
        store.File.Write(first, value);
        FreeRun(run);
        run = moved;
        return true;
    }

    private RunReference WriteRun(RunReference run, ReadOnlySpan<byte> value)
    {
        ReserveRun(run);
        store.File.Write(run.Page, value);
        return run;
    }

    private void ReserveRun(RunReference run)
    {
        uint first = run.Page;
        uint pages = run.PageCount(store.PageSizeBytes);
        for (uint page = first; page < first + pages; page++)
            Made.Add(page);
        RunPages += pages;
    }

    /// <summary>Leaves the run of a long key behind.</summary>
    public void FreeKeyRun(NodePage page, int index)
    {
        if (page.IsLong(index))
            FreeRun(page.KeyRun(index));
    }

    public void FreeRun(RunReference run)
    {
        uint end = run.Page + run.PageCount(store.PageSizeBytes);
        for (uint page = run.Page; page < end; page++)
            FreedDurable.Add(page);
        RunPages -= end - run.Page;
    }
}
