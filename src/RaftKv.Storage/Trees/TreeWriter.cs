using RaftKv.Storage.Pages;

namespace RaftKv.Storage.Trees;

/// <summary>Puts and deletes in one tree of a transaction, copying the path from the root once per transaction.</summary>
/// <remarks>
/// Pages split by bytes; an entry that goes to the very end of its page starts a new one, so that ascending loads leave full pages.
/// Any other full leaf shares with its neighbours first.
/// A page that falls under a half is merged with a neighbour when both fit in seven eighths.
/// </remarks>
internal sealed unsafe class TreeWriter : IDisposable
{
    private const int DepthMax = 32;
    private const int SharedMax = 3;
    private const int RoomDivisor = 8;

    private readonly int _pageSizeBytes;
    private readonly NodeBuilder _builder;
    private readonly NodeEntry[] _entries;
    private readonly NodeEntry[] _separators = new NodeEntry[SharedMax - 1];
    private readonly PagePointer[] _path = new PagePointer[DepthMax];
    private readonly int[] _indexes = new int[DepthMax];
    private TreeTransaction _transaction = null!;
    private int _tree;
    private int _depth;

    public TreeWriter(int pageSizeBytes)
    {
        _pageSizeBytes = pageSizeBytes;
        _builder = new NodeBuilder(pageSizeBytes, SharedMax);
        _entries = new NodeEntry[SharedMax * pageSizeBytes / NodePage.SlotBytes + 1];
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
            Insert(_depth, index, [NodeEntry.FromBytes(keyAt, key.Length, valueAt, value.Length, info)]);
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

    // Opens slots for entries that follow each other; there are several only where branches get new separators.
    private void Insert(int depth, int index, ReadOnlySpan<NodeEntry> added)
    {
        NodePage page = PathPage(depth);
        bool shares = page.PrefixLength == 0 || (SharesPrefix(page, added[0]) && SharesPrefix(page, added[^1]));
        if (shares && TryInsert(page, index, added))
            return;
        int count = Gather(page, 0);
        new Span<NodeEntry>(_entries, index, count - index).CopyTo(_entries.AsSpan(index + added.Length));
        added.CopyTo(_entries.AsSpan(index));
        var entries = new ReadOnlySpan<NodeEntry>(_entries, 0, count + added.Length);
        if (NodeBuilder.Measure(entries, page.IsLeaf) <= _pageSizeBytes)
            _builder.Build(page, entries, page.Number, page.Level, _transaction.Number);
        else if (index == count || !page.IsLeaf || depth == 0 || !TryShare(depth, page, entries.Length))
            Split(depth, page, entries, ChooseSplit(entries, index, added.Length, page, shares));
    }

    private static bool TryInsert(NodePage page, int index, ReadOnlySpan<NodeEntry> added)
    {
        int bytes = 0;
        foreach (ref readonly NodeEntry entry in added)
            bytes += page.CellHeaderBytes + entry.KeyLength - page.PrefixLength + (page.IsLeaf ? entry.PayloadLength : 0) + NodePage.SlotBytes;
        if (page.Gap < bytes)
            return false;
        for (int i = 0; i < added.Length; i++)
            Insert(page, index + i, added[i]);
        return true;
    }

    // A full leaf shares with a neighbour that has room, else with the next one behind it, else two full ones become three: pages stay
    // fuller than by splitting alone (Knuth 6.2.4, B*).
    private bool TryShare(int depth, NodePage page, int count)
    {
        NodePage parent = PathPage(depth - 1);
        int index = _indexes[depth - 1];
        int last = parent.Count - 1;
        if (index > 0 && HasRoom(parent, index - 1))
            return TryShare(depth, page, count, index - 1, 2, 2);
        if (index < last && HasRoom(parent, index + 1))
            return TryShare(depth, page, count, index, 2, 2);
        if (index > 1 && HasRoom(parent, index - 2))
            return TryShare(depth, page, count, index - 2, 3, 3);
        if (index + 1 < last && HasRoom(parent, index + 2))
            return TryShare(depth, page, count, index, 3, 3);
        return last > 0 && TryShare(depth, page, count, Math.Max(index - 1, 0), 2, 3);
    }

    private bool HasRoom(NodePage parent, int index)
        => _transaction.Reader.Get(parent.Child(index)).UsedBytes(_pageSizeBytes) <= _pageSizeBytes - _pageSizeBytes / RoomDivisor;

    // Spreads the leaves from a slot of the parent on evenly over as many or one more.
    private bool TryShare(int depth, NodePage page, int count, int first, int leaves, int pieces)
    {
        NodePage parent = PathPage(depth - 1);
        int at = 0;
        for (int i = first; i < _indexes[depth - 1]; i++)
            at += _transaction.Reader.Get(parent.Child(i)).Count;
        _entries.AsSpan(0, count).CopyTo(_entries.AsSpan(at));
        int total = 0;
        for (int i = first; i < first + leaves; i++)
            total = i == _indexes[depth - 1] ? total + count : Gather(_transaction.Reader.Get(parent.Child(i)), total);
        var entries = new ReadOnlySpan<NodeEntry>(_entries, 0, total);
        Span<int> cuts = stackalloc int[SharedMax + 1];
        cuts = cuts[..(pieces + 1)];
        if (Cut(entries, cuts))
        {
            Share(depth - 1, first, leaves, entries, cuts);
            return true;
        }
        _entries.AsSpan(at, count).CopyTo(_entries);
        return false;
    }

    // Where the pieces begin, about equal in bytes; whether each fits a page.
    private bool Cut(ReadOnlySpan<NodeEntry> entries, Span<int> cuts)
    {
        int total = 0;
        foreach (ref readonly NodeEntry entry in entries)
            total += Weight(entry, 0);
        int pieces = cuts.Length - 1;
        int at = 0;
        int before = 0;
        for (int piece = 1; piece < pieces; piece++)
        {
            for (int weight; before + (weight = Weight(entries[at], 0)) / 2 <= total * piece / pieces && at < entries.Length - 1; at++)
                before += weight;
            cuts[piece] = at;
        }
        cuts[0] = 0;
        cuts[pieces] = entries.Length;
        for (int piece = 0; piece < pieces; piece++)
        {
            if (cuts[piece] == cuts[piece + 1] || NodeBuilder.Measure(entries[cuts[piece]..cuts[piece + 1]], true) > _pageSizeBytes)
                return false;
        }
        return true;
    }

    private void Share(int depth, int first, int leaves, ReadOnlySpan<NodeEntry> entries, ReadOnlySpan<int> cuts)
    {
        NodePage parent = PathPage(depth);
        int pieces = cuts.Length - 1;
        int keysMax = (pieces - 1) * CellBytesMax(_pageSizeBytes);
        byte* keys = stackalloc byte[keysMax];
        byte* payloads = stackalloc byte[pieces * NodePage.BranchCellBytes];
        Span<NodeEntry> separators = _separators.AsSpan(0, pieces - 1);
        for (int piece = 0; piece < pieces; piece++)
        {
            ReadOnlySpan<NodeEntry> part = entries[cuts[piece]..cuts[piece + 1]];
            PagePointer pointer;
            if (piece < leaves)
                pointer = _transaction.Replace(parent.Child(first + piece));
            else
                _transaction.NewPage(out pointer);
            _builder.Prepare(piece, part, pointer.Page, 0, _transaction.Number);
            byte* payload = payloads + piece * NodePage.BranchCellBytes;
            WriteChild(payload, pointer, part.Length);
            if (piece == 0)
                continue;
            int length = NodeEntry.Shared(entries[cuts[piece] - 1], part[0]) + 1;
            part[0].CopyKey(keys, length);
            separators[piece - 1] = NodeEntry.FromBytes(keys, length, payload, NodePage.BranchCellBytes, 0);
            keys += length;
        }
        // Only now: the entries lay in these pages.
        for (int piece = 0; piece < pieces; piece++)
            _builder.Place(piece, _transaction.Reader.Get(*(PagePointer*)(payloads + piece * NodePage.BranchCellBytes)));
        parent.SetChild(first, *(PagePointer*)payloads);
        parent.SetChildCount(first, cuts[1]);
        for (int i = 1; i < leaves; i++)
            parent.Remove(first + 1);
        Insert(depth, first + 1, separators);
    }

    private static void Insert(NodePage page, int index, in NodeEntry entry)
    {
        int prefix = page.PrefixLength;
        int restLength = entry.KeyLength - prefix;
        bool leaf = page.IsLeaf;
        int cellLength = page.CellHeaderBytes + restLength + (leaf ? entry.PayloadLength : 0);
        int cellAt = page.CellsStart - cellLength;
        byte* rest = page.At + cellAt + page.CellHeaderBytes;
        // The cell lies in the gap and moving the slots up does not reach it, so it may be filled first.
        entry.CopyRest(prefix, rest);
        byte* cell = page.Insert(index, new ReadOnlySpan<byte>(rest, restLength), cellLength);
        if (leaf)
            *(ushort*)cell = (ushort)entry.Info;
        entry.Payload.CopyTo(new Span<byte>(leaf ? rest + restLength : cell, entry.PayloadLength));
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

    // Where the right page begins. Entries that break the prefix are first or last, and alone on their side: the others fit as before.
    private static int ChooseSplit(ReadOnlySpan<NodeEntry> entries, int index, int added, NodePage page, bool shares)
    {
        if (index + added == entries.Length)
            return index;
        return shares ? Middle(entries, page.PrefixLength) : page.IsLeaf ? 1 : index + added - 1;
    }

    // Where the halves are nearest to equal in bytes.
    private static int Middle(ReadOnlySpan<NodeEntry> entries, int prefixLength)
    {
        int total = 0;
        foreach (ref readonly NodeEntry entry in entries)
            total += Weight(entry, prefixLength);
        int left = 0;
        int at = 0;
        for (int weight; left + (weight = Weight(entries[at], prefixLength)) / 2 < total / 2; at++)
            left += weight;
        return Math.Clamp(at, 1, entries.Length - 1);
    }

    private static int Weight(in NodeEntry entry, int prefixLength)
        => NodePage.SlotBytes + Math.Max(0, entry.KeyLength - prefixLength) + entry.PayloadLength;

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
        Insert(depth - 1, _indexes[depth - 1] + 1, [entry]);
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
            else if (page.UsedBytes(_pageSizeBytes) >= _pageSizeBytes / 2 || !TryMerge(page, parent, _indexes[depth - 1]))
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
