using RaftKv.Storage.Pages;

namespace RaftKv.Storage.Trees;

/// <summary>Puts and deletes in one tree of a transaction, copying the path from the root once per transaction.</summary>
/// <remarks>
/// Pages split by bytes; an entry that goes to the very end of its page starts a new one, so that ascending loads leave full pages.
/// A page that falls under a quarter is merged with a neighbour when both fit in seven eighths.
/// </remarks>
internal sealed unsafe class TreeWriter : IDisposable
{
    private const int DepthMax = 32;

    private readonly int _pageSizeBytes;
    private readonly NodeBuilder _builder;
    private readonly NodeEntry[] _entries;
    private readonly PagePointer[] _path = new PagePointer[DepthMax];
    private readonly int[] _indexes = new int[DepthMax];
    private TreeTransaction _transaction = null!;
    private int _tree;
    private int _depth;

    public TreeWriter(int pageSizeBytes)
    {
        _pageSizeBytes = pageSizeBytes;
        _builder = new NodeBuilder(pageSizeBytes);
        _entries = new NodeEntry[2 * pageSizeBytes / NodePage.SlotBytes + 1];
    }

    /// <summary>The run of the value that the last put replaced or the last delete took away; length 0 when it had none.</summary>
    public RunReference LastRun { get; private set; }

    /// <summary>The most a key and its value may take together in a page of this size, so that a split always fits.</summary>
    public static int CellBytesMax(int pageSizeBytes) => (pageSizeBytes - NodePage.HeaderBytes) / 4 - NodePage.SlotBytes - 8;

    /// <summary>Puts a key with a value; <paramref name="isRun"/> says that the value ends with a run reference.</summary>
    /// <returns>Whether the key was new.</returns>
    public bool Put(TreeTransaction transaction, int tree, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, bool isRun)
    {
        Invariant.Check(key.Length + value.Length + NodePage.LeafCellBytes <= CellBytesMax(_pageSizeBytes));
        _transaction = transaction;
        _tree = tree;
        ref TreeRoot root = ref transaction.Trees[tree];
        if (root.Root.IsNone)
        {
            transaction.NewPage(out PagePointer first).Clear(first.Page, PageKind.Leaf, 0, transaction.Number, _pageSizeBytes);
            root = new TreeRoot(first, 0);
        }
        NodePage leaf = OwnPath(key);
        int info = value.Length | (isRun ? NodePage.RunFlag : 0);
        int index = leaf.LowerBound(key, out bool found);
        LastRun = found && (leaf.ValueInfo(index) & NodePage.RunFlag) != 0 ? RunReference.FromEnd(leaf.Value(index)) : default;
        if (found && TryOverwrite(leaf, index, value, info))
            return false;
        if (found)
            leaf.Remove(index);
        else
            Recount(1);
        fixed (byte* keyAt = key, valueAt = value)
            Insert(_depth, index, NodeEntry.FromBytes(keyAt, key.Length, valueAt, value.Length, info));
        return !found;
    }

    /// <summary>Deletes a key.</summary>
    /// <returns>Whether it was there.</returns>
    public bool Delete(TreeTransaction transaction, int tree, ReadOnlySpan<byte> key)
    {
        _transaction = transaction;
        _tree = tree;
        ref TreeRoot root = ref transaction.Trees[tree];
        LastRun = default;
        if (!TreeReader.TryGet(transaction.Reader, root.Root, key, out ReadOnlySpan<byte> old, out bool isRun))
            return false;
        if (isRun)
            LastRun = RunReference.FromEnd(old);
        NodePage leaf = OwnPath(key);
        leaf.Remove(leaf.LowerBound(key, out _));
        Recount(-1);
        Shrink(_depth);
        return true;
    }

    /// <summary>Makes the path to a key this transaction's own, which moves its pages to free places.</summary>
    public NodePage Touch(TreeTransaction transaction, int tree, ReadOnlySpan<byte> key)
    {
        _transaction = transaction;
        _tree = tree;
        return OwnPath(key);
    }

    private static bool TryOverwrite(NodePage leaf, int index, ReadOnlySpan<byte> value, int info)
    {
        int old = leaf.ValueInfo(index) & ~NodePage.RunFlag;
        if (value.Length > old)
            return false;
        leaf.LostBytes += old - value.Length;
        byte* cell = leaf.At + leaf.CellOffset(index);
        *(ushort*)cell = (ushort)info;
        value.CopyTo(new Span<byte>(cell + NodePage.LeafCellBytes + leaf.RestLength(index), value.Length));
        return true;
    }

    // Makes every page from the root to the key's leaf this transaction's own.
    private NodePage OwnPath(ReadOnlySpan<byte> key)
    {
        ref TreeRoot root = ref _transaction.Trees[_tree];
        PagePointer pointer = root.Root;
        NodePage page = _transaction.Own(ref pointer);
        root = root with { Root = pointer };
        _path[0] = pointer;
        _depth = 0;
        while (!page.IsLeaf)
        {
            Invariant.Check(_depth + 1 < DepthMax);
            int index = page.FindChild(key);
            _indexes[_depth] = index;
            PagePointer old = page.Child(index);
            pointer = old;
            NodePage child = _transaction.Own(ref pointer);
            if (pointer.Page != old.Page)
                page.SetChild(index, pointer);
            _path[++_depth] = pointer;
            page = child;
        }
        return page;
    }

    // One entry more or less below every page of the path.
    private void Recount(int change)
    {
        ref TreeRoot root = ref _transaction.Trees[_tree];
        root = root with { Count = root.Count + change };
        for (int depth = 0; depth < _depth; depth++)
        {
            NodePage page = PathPage(depth);
            page.SetChildCount(_indexes[depth], page.ChildCount(_indexes[depth]) + change);
        }
    }

    private NodePage PathPage(int depth) => _transaction.Reader.Get(_path[depth]);

    private void Insert(int depth, int index, in NodeEntry entry)
    {
        NodePage page = PathPage(depth);
        bool shares = page.PrefixLength == 0 || SharesPrefix(page, entry);
        if (shares && TryInsert(page, index, entry))
            return;
        int count = Gather(page, 0);
        new Span<NodeEntry>(_entries, index, count - index).CopyTo(new Span<NodeEntry>(_entries, index + 1, count - index));
        _entries[index] = entry;
        var entries = new ReadOnlySpan<NodeEntry>(_entries, 0, count + 1);
        if (NodeBuilder.Measure(entries, page.IsLeaf) <= _pageSizeBytes)
            _builder.Build(page, entries, page.Number, page.Level, _transaction.Number);
        else if (index == count || !page.IsLeaf || depth == 0 || !TryShare(depth, page, count + 1))
            Split(depth, page, entries, ChooseSplit(entries, index, page, shares));
    }

    // A full leaf gives half of the difference to a neighbour with room: pages stay fuller than by splitting alone (Knuth 6.2.4, B*).
    private bool TryShare(int depth, NodePage page, int count)
    {
        NodePage parent = PathPage(depth - 1);
        int index = _indexes[depth - 1];
        return (index > 0 && TryShare(depth, page, count, index - 1))
            || (index + 1 < parent.Count && TryShare(depth, page, count, index + 1));
    }

    private bool TryShare(int depth, NodePage page, int count, int neighbourIndex)
    {
        NodePage parent = PathPage(depth - 1);
        bool toLeft = neighbourIndex < _indexes[depth - 1];
        PagePointer pointer = parent.Child(neighbourIndex);
        NodePage neighbour = _transaction.Reader.Get(pointer);
        if (neighbour.UsedBytes(_pageSizeBytes) > _pageSizeBytes - _pageSizeBytes / 8)
            return false;
        neighbour = _transaction.Own(ref pointer);
        parent.SetChild(neighbourIndex, pointer);
        int kept = neighbour.Count;
        var own = new Span<NodeEntry>(_entries, 0, count);
        if (toLeft)
            own.CopyTo(new Span<NodeEntry>(_entries, kept, count));
        Gather(neighbour, toLeft ? 0 : count);
        var entries = new ReadOnlySpan<NodeEntry>(_entries, 0, kept + count);
        int at = Middle(entries, 0);
        ReadOnlySpan<NodeEntry> left = entries[..at];
        ReadOnlySpan<NodeEntry> right = entries[at..];
        bool gives = toLeft ? at > kept && at < entries.Length : at > 0 && at < count;
        if (!gives || NodeBuilder.Measure(left, true) > _pageSizeBytes || NodeBuilder.Measure(right, true) > _pageSizeBytes)
        {
            if (toLeft)
                new Span<NodeEntry>(_entries, kept, count).CopyTo(own);
            return false;
        }
        int separatorLength = NodeEntry.Shared(entries[at - 1], right[0]) + 1;
        byte* separator = stackalloc byte[right[0].KeyLength + 1];
        right[0].CopyKey(new Span<byte>(separator, right[0].KeyLength));
        BuildShared(page, neighbour, left, right, toLeft);
        ReplaceSeparator(depth - 1, Math.Max(neighbourIndex, _indexes[depth - 1]), separator, separatorLength,
            (toLeft ? neighbour : page, toLeft ? page : neighbour));
        return true;
    }

    // The page that takes entries in is built first, while those of the other are still where they were.
    private void BuildShared(NodePage page, NodePage neighbour, ReadOnlySpan<NodeEntry> left, ReadOnlySpan<NodeEntry> right, bool toLeft)
    {
        _builder.Build(neighbour, toLeft ? left : right, neighbour.Number, 0, _transaction.Number);
        _builder.Build(page, toLeft ? right : left, page.Number, 0, _transaction.Number);
    }

    private void ReplaceSeparator(int depth, int rightIndex, byte* separator, int separatorLength, (NodePage Left, NodePage Right) pages)
    {
        NodePage parent = PathPage(depth);
        parent.SetChildCount(rightIndex - 1, pages.Left.Count);
        parent.Remove(rightIndex);
        byte* payload = stackalloc byte[NodePage.BranchCellBytes];
        WriteChild(payload, new PagePointer(pages.Right.Number, 0), pages.Right.Count);
        Insert(depth, rightIndex, NodeEntry.FromBytes(separator, separatorLength, payload, NodePage.BranchCellBytes, 0));
    }

    private static bool TryInsert(NodePage page, int index, in NodeEntry entry)
    {
        int prefix = page.PrefixLength;
        int restLength = entry.KeyLength - prefix;
        bool leaf = page.IsLeaf;
        int cellLength = page.CellHeaderBytes + restLength + (leaf ? entry.PayloadLength : 0);
        if (page.Gap < cellLength + NodePage.SlotBytes)
            return false;
        int cellAt = page.CellsStart - cellLength;
        byte* rest = page.At + cellAt + page.CellHeaderBytes;
        // The cell lies in the gap and moving the slots up does not reach it, so it may be filled first.
        entry.CopyRest(prefix, rest);
        byte* cell = page.Insert(index, new ReadOnlySpan<byte>(rest, restLength), cellLength);
        if (leaf)
            *(ushort*)cell = (ushort)entry.Info;
        entry.Payload.CopyTo(new Span<byte>(leaf ? rest + restLength : cell, entry.PayloadLength));
        return true;
    }

    private static bool SharesPrefix(NodePage page, in NodeEntry entry)
    {
        ReadOnlySpan<byte> prefix = page.Prefix;
        if (entry.KeyLength < prefix.Length)
            return false;
        for (int i = 0; i < prefix.Length; i++)
        {
            if (entry.KeyByte(i) != prefix[i])
                return false;
        }
        return true;
    }

    private int Gather(NodePage page, int start)
    {
        int count = page.Count;
        for (int i = 0; i < count; i++)
            _entries[start + i] = NodeEntry.FromPage(page, i);
        return start + count;
    }

    // Where the right page begins. An entry that breaks the prefix is first or last, and alone on its side: the others fit as before.
    private static int ChooseSplit(ReadOnlySpan<NodeEntry> entries, int index, NodePage page, bool shares)
    {
        if (index == entries.Length - 1)
            return index;
        return shares ? Middle(entries, page.PrefixLength) : 1;
    }

    // The first entry of the right half by bytes.
    private static int Middle(ReadOnlySpan<NodeEntry> entries, int prefixLength)
    {
        int total = 0;
        foreach (ref readonly NodeEntry entry in entries)
            total += Weight(entry);
        int left = 0;
        for (int at = 0; at < entries.Length - 1; at++)
        {
            left += Weight(entries[at]);
            if (left >= total / 2)
                return Math.Max(at + 1, 1);
        }
        return entries.Length - 1;

        int Weight(in NodeEntry entry) => NodePage.SlotBytes + Math.Max(0, entry.KeyLength - prefixLength) + entry.PayloadLength;
    }

    private void Split(int depth, NodePage page, ReadOnlySpan<NodeEntry> entries, int at)
    {
        int level = page.Level;
        ReadOnlySpan<NodeEntry> right = entries[at..];
        int separatorLength = level > 0 ? right[0].KeyLength : NodeEntry.Shared(entries[at - 1], right[0]) + 1;
        byte* separator = stackalloc byte[right[0].KeyLength + 1];
        right[0].CopyKey(new Span<byte>(separator, right[0].KeyLength));
        NodePage rightPage = _transaction.NewPage(out PagePointer rightPointer);
        _builder.Build(rightPage, right, rightPointer.Page, level, _transaction.Number);
        _builder.Build(page, entries[..at], page.Number, level, _transaction.Number);
        byte* payload = stackalloc byte[NodePage.BranchCellBytes];
        WriteChild(payload, rightPointer, rightPage.EntryCount());
        NodeEntry entry = NodeEntry.FromBytes(separator, separatorLength, payload, NodePage.BranchCellBytes, 0);
        if (depth == 0)
        {
            GrowRoot(level + 1, page, entry);
            return;
        }
        PathPage(depth - 1).SetChildCount(_indexes[depth - 1], page.EntryCount());
        Insert(depth - 1, _indexes[depth - 1] + 1, entry);
    }

    private void GrowRoot(int level, NodePage left, in NodeEntry right)
    {
        byte* payload = stackalloc byte[NodePage.BranchCellBytes];
        WriteChild(payload, _path[0], left.EntryCount());
        _entries[0] = NodeEntry.FromBytes(null, 0, payload, NodePage.BranchCellBytes, 0);
        _entries[1] = right;
        NodePage page = _transaction.NewPage(out PagePointer pointer);
        _builder.Build(page, new ReadOnlySpan<NodeEntry>(_entries, 0, 2), pointer.Page, level, _transaction.Number);
        ref TreeRoot root = ref _transaction.Trees[_tree];
        root = root with { Root = pointer };
    }

    private static void WriteChild(byte* payload, PagePointer pointer, long count)
    {
        ((uint*)payload)[0] = pointer.Page;
        ((uint*)payload)[1] = pointer.Checksum;
        ((long*)payload)[1] = count;
    }

    // After a slot was removed at a depth: drops empty pages, merges small ones, and takes needless roots away.
    private void Shrink(int depth)
    {
        for (; depth > 0; depth--)
        {
            NodePage page = PathPage(depth);
            NodePage parent = PathPage(depth - 1);
            if (page.Count == 0)
            {
                _transaction.Free(page.Number, page.Transaction);
                parent.Remove(_indexes[depth - 1]);
            }
            else if (page.UsedBytes(_pageSizeBytes) >= _pageSizeBytes / 4 || !TryMerge(page, parent, _indexes[depth - 1]))
            {
                return;
            }
        }
        ShrinkRoot();
    }

    private void ShrinkRoot()
    {
        ref TreeRoot root = ref _transaction.Trees[_tree];
        NodePage page = _transaction.Reader.Get(root.Root);
        while (page.Count == 0 || (!page.IsLeaf && page.Count == 1))
        {
            PagePointer next = page.Count == 0 ? PagePointer.None : page.Child(0);
            _transaction.Free(page.Number, page.Transaction);
            root = root with { Root = next };
            if (next.IsNone)
                return;
            page = _transaction.Reader.Get(next);
        }
    }

    private bool TryMerge(NodePage page, NodePage parent, int index)
        => (index + 1 < parent.Count && TryMerge(page, parent, index, index + 1))
        || (index > 0 && TryMerge(page, parent, index, index - 1));

    // The page takes its neighbour in; the left one's place in the parent stays.
    private bool TryMerge(NodePage page, NodePage parent, int index, int neighbourIndex)
    {
        NodePage neighbour = _transaction.Reader.Get(parent.Child(neighbourIndex));
        int leftIndex = Math.Min(index, neighbourIndex);
        (NodePage left, NodePage right) = leftIndex == index ? (page, neighbour) : (neighbour, page);
        int separatorLength = parent.KeyLength(leftIndex + 1);
        byte* separator = stackalloc byte[separatorLength + 1];
        parent.CopyKey(leftIndex + 1, new Span<byte>(separator, separatorLength));
        int middle = Gather(left, 0);
        int count = Gather(right, middle);
        if (!page.IsLeaf)
            _entries[middle] = _entries[middle].WithKey(separator, separatorLength);
        var entries = new ReadOnlySpan<NodeEntry>(_entries, 0, count);
        if (NodeBuilder.Measure(entries, page.IsLeaf) > _pageSizeBytes - _pageSizeBytes / 8)
            return false;
        _builder.Build(page, entries, page.Number, page.Level, _transaction.Number);
        _transaction.Free(neighbour.Number, neighbour.Transaction);
        parent.SetChild(leftIndex, new PagePointer(page.Number, 0));
        parent.SetChildCount(leftIndex, page.EntryCount());
        parent.Remove(leftIndex + 1);
        return true;
    }

    public void Dispose() => _builder.Dispose();
}
