using RaftKv.Storage.Pages;

namespace RaftKv.Storage.Trees;

/// <summary>
/// Walks trees page by page: every checksum against the bytes in the file, levels, key order inside and between pages, and that no page
/// is reached twice. Damage is listed, not thrown.
/// </summary>
internal sealed unsafe class TreeChecker(TreeStore store, PageReader reader, uint pageCount)
{
    public const int DefectsMax = 100;

    private readonly byte[] _buffer = GC.AllocateArray<byte>(store.PageSizeBytes, pinned: true);
    private readonly byte[] _run = new byte[1 << 16];
    private long _runs;

    public List<string> Defects { get; } = [];

    /// <summary>Called with the number of pages found so far, for each one more.</summary>
    public Action<long>? PageReached { get; set; }

    /// <summary>Pages found so far.</summary>
    public PageBitmap Reached { get; } = NewBitmap(pageCount);

    public void Check(int tree, TreeRoot root)
    {
        long count = 0;
        if (!root.Root.IsNone)
            count = CheckPage(tree, root.Root, -1, null, null);
        if (count != root.Count && Defects.Count == 0)
            Report($"tree {tree} holds {count} entries but its root says {root.Count}");
    }

    public void Reach(uint page, string what)
    {
        if (page < store.File.FirstPage || page >= pageCount)
            Report($"{what} leads to page {page}, outside of the file");
        else if (Reached[page])
            Report($"page {page} is used twice, the second time by {what}");
        else
            Mark(page);
    }

    public void Report(string defect)
    {
        if (Defects.Count < DefectsMax)
            Defects.Add(defect);
    }

    private void Mark(uint page)
    {
        Reached.Set(page);
        PageReached?.Invoke(Reached.Count);
    }

    private static PageBitmap NewBitmap(uint pageCount) => new(pageCount);

    // Returns the number of entries below. Bounds are the separators around the page: low inclusive, high exclusive.
    private long CheckPage(int tree, PagePointer pointer, int level, byte[]? low, byte[]? high)
    {
        int before = Defects.Count;
        Reach(pointer.Page, $"tree {tree}");
        if (Defects.Count > before || Load(pointer) is not byte[] bytes)
            return 0;
        fixed (byte* at = bytes)
        {
            var page = new NodePage(at);
            if (level >= 0 && page.Level != level)
            {
                Report($"page {pointer.Page} stands at level {page.Level} where {level} belongs");
                return 0;
            }
            CheckOrder(page, pointer.Page, low, high);
            return page.IsLeaf ? CheckLeaf(page) : CheckBranch(tree, page, low, high);
        }
    }

    private long CheckLeaf(NodePage page)
    {
        for (int i = 0; i < page.Count; i++)
        {
            CheckKeyRun(page, i);
            if ((page.ValueInfo(i) & NodePage.RunFlag) != 0)
                CheckRun("a value", page.Number, RunReference.FromEnd(page.Value(i)));
        }
        return page.Count;
    }

    private long CheckBranch(int tree, NodePage page, byte[]? low, byte[]? high)
    {
        long count = 0;
        for (int i = 0; i < page.Count && Defects.Count < DefectsMax; i++)
        {
            CheckKeyRun(page, i);
            byte[]? from = i == 0 ? low : KeyOf(page, i);
            byte[]? to = i + 1 < page.Count ? KeyOf(page, i + 1) : high;
            long runs = _runs;
            long below = CheckPage(tree, page.Child(i), page.Level - 1, from, to);
            if (below != page.ChildCount(i) && Defects.Count == 0)
                Report($"page {page.Number} counts {page.ChildCount(i)} entries below slot {i} where there are {below}");
            if (page.IsRunFree(i) && _runs > runs)
                Report($"page {page.Number} says that nothing below slot {i} lies in a run");
            count += below;
        }
        return count;
    }

    private void CheckOrder(NodePage page, uint number, byte[]? low, byte[]? high)
    {
        byte[]? last = low;
        bool first = true;
        for (int i = page.IsLeaf ? 0 : 1; i < page.Count; i++)
        {
            if (KeyOf(page, i) is not byte[] key)
                continue;
            int order = last is null ? 1 : key.AsSpan().SequenceCompareTo(last);
            if (order < 0 || (order == 0 && !first) || (high is not null && key.AsSpan().SequenceCompareTo(high) >= 0))
            {
                Report($"page {number} has its keys out of order at slot {i}");
                return;
            }
            last = key;
            first = false;
        }
    }

    private void CheckKeyRun(NodePage page, int index)
    {
        if (page.IsLong(index))
            CheckRun("a key", page.Number, page.KeyRun(index));
    }

    private void CheckRun(string what, uint owner, RunReference run)
    {
        _runs++;
        uint pages = run.PageCount(store.PageSizeBytes);
        for (uint i = 0; i < pages && Defects.Count < DefectsMax; i++)
            Reach(run.Page + i, $"{what} of page {owner}");
        uint running = uint.MaxValue;
        try
        {
            for (long done = 0; done < run.Length; done += _run.Length)
            {
                Span<byte> part = _run.AsSpan(0, (int)Math.Min(_run.Length, run.Length - done));
                store.File.File.ReadExactly(store.File.OffsetOf(run.Page) + done, part);
                running = PageChecksum.Append(running, part);
            }
        }
        catch (StorageException exception) when (IsUnreadable(exception))
        {
            Report(exception.Message);
            return;
        }
        if (PageChecksum.Sealed(running) != run.Checksum)
            Report(store.File.Corrupt(run.Page, $"{what} of page {owner} does not have its checksum").Message);
    }

    // The page as the file has it, or as memory does while it was not written yet.
    private byte[]? Load(PagePointer pointer)
    {
        byte[] bytes = _buffer.AsSpan().ToArray();
        reader.Pin();
        try
        {
            if (store.Cache.Seals.NeedsWriting(pointer.Page))
                new ReadOnlySpan<byte>(reader.Get(pointer).At, bytes.Length).CopyTo(bytes);
            else
                store.File.Read(pointer.Page, store.Cache.Seals.ChecksumOf(pointer), bytes);
            fixed (byte* at = bytes)
            {
                if (new NodePage(at).Validate(pointer.Page, bytes.Length) is not string defect)
                    return bytes;
                Report(store.File.Corrupt(pointer.Page, defect).Message);
            }
        }
        catch (StorageException exception) when (IsUnreadable(exception))
        {
            Report(exception.Message);
        }
        finally
        {
            reader.Unpin();
        }
        return null;
    }

    // Null when the rest of a long key cannot be read, which is reported with its run.
    private byte[]? KeyOf(NodePage page, int index)
    {
        try
        {
            return page.Key(index, store.File);
        }
        catch (StorageException exception) when (IsUnreadable(exception))
        {
            return null;
        }
    }

    // Want of memory, and a file that was given up, say nothing of the bytes.
    private static bool IsUnreadable(StorageException exception) => exception is StorageCorruptException or StorageIoException;
}
