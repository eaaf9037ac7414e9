using RaftKv.Storage.Pages;

namespace RaftKv.Storage.Trees;

/// <summary>
/// Takes a range of keys out of a tree. What lies between the two edges goes as whole subtrees, whose leaves are not read unless they refer
/// to runs; then the edges are merged with what is beside them.
/// </summary>
internal sealed class RangeDeleter(NodeBuilder builder, TreePath path, NodeMerger merger)
{
    // The edges may lie under different branches, which have to become one before the pages below them can.
    private const int TidyRounds = 2;

    private TreeTransaction _transaction = null!;

    /// <summary>Deletes the keys from one up to another, that one not included, or up to the last if it is open.</summary>
    /// <returns>How many there were.</returns>
    public long Delete(TreeTransaction transaction, int tree, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to, bool isOpen)
    {
        _transaction = transaction;
        TreeRoot before = transaction.Trees[tree];
        if (before.Root.IsNone)
            return 0;
        transaction.Reader.Pin();
        PagePointer pointer = before.Root;
        Remove(ref pointer, new Edges(from, false, to, isOpen));
        ref TreeRoot root = ref transaction.Trees[tree];
        NodePage page = transaction.Reader.Get(pointer);
        root = new TreeRoot(pointer, page.EntryCount());
        if (page.Count == 0)
        {
            transaction.Free(pointer.Page, page.Transaction);
            root = default;
        }
        for (int round = 0; round < TidyRounds && !root.Root.IsNone; round++)
        {
            path.Descend(transaction, tree, from);
            merger.Tidy();
            if (isOpen || root.Root.IsNone)
                continue;
            path.Descend(transaction, tree, to);
            merger.Tidy();
        }
        return before.Count - root.Count;
    }

    // Both ends of what goes from a page; an open one goes on in the neighbour.
    private readonly ref struct Edges(ReadOnlySpan<byte> from, bool isOpenLeft, ReadOnlySpan<byte> to, bool isOpenRight)
    {
        public ReadOnlySpan<byte> From { get; } = from;

        public bool IsOpenLeft => isOpenLeft;

        public ReadOnlySpan<byte> To { get; } = to;

        public bool IsOpenRight => isOpenRight;
    }

    // Leaves the page owned, and possibly empty. No page is held in hand across a pin.
    private void Remove(ref PagePointer pointer, Edges edges)
    {
        NodePage page = _transaction.Own(ref pointer);
        PageFile file = _transaction.Reader.File;
        if (page.IsLeaf)
        {
            RemoveEntries(page, edges.IsOpenLeft ? 0 : page.LowerBound(edges.From, file, out _),
                edges.IsOpenRight ? page.Count : page.LowerBound(edges.To, file, out _));
            return;
        }
        int first = edges.IsOpenLeft ? -1 : page.FindChild(edges.From, file);
        int last = edges.IsOpenRight ? page.Count : page.FindChild(edges.To, file);
        if (first == last)
        {
            RemoveBelow(pointer, first, edges);
            return;
        }
        DropChildren(pointer, first + 1, last);
        if (!edges.IsOpenRight)
            RemoveBelow(pointer, first + 1, new Edges(edges.From, true, edges.To, false));
        if (!edges.IsOpenLeft)
            RemoveBelow(pointer, first, new Edges(edges.From, false, edges.To, true));
    }

    private void RemoveBelow(PagePointer branch, int index, Edges edges)
    {
        PagePointer child = _transaction.Reader.Get(branch).Child(index);
        Remove(ref child, edges);
        NodePage page = _transaction.Reader.Get(branch);
        NodePage below = _transaction.Reader.Get(child);
        page.SetChild(index, child);
        page.SetSummary(index, below.Summarize());
        if (below.Count > 0)
            return;
        _transaction.Free(child.Page, below.Transaction);
        NodeMerger.RemoveChild(_transaction, page, index);
    }

    private void RemoveEntries(NodePage leaf, int from, int to)
    {
        for (int i = from; i < to; i++)
            FreeRuns(leaf, i);
        int count = builder.Gather(leaf, 0);
        builder.Entries.AsSpan(to, count - to).CopyTo(builder.Entries.AsSpan(from));
        int left = count - Math.Max(0, to - from);
        builder.Build(leaf, builder.Entries.AsSpan(0, left), leaf.Number, 0, _transaction.Number);
    }

    private void DropChildren(PagePointer branch, int from, int to)
    {
        NodePage page = _transaction.Reader.Get(branch);
        int level = page.Level - 1;
        var dropped = new List<(PagePointer Page, bool IsRunFree)>(to - from);
        for (int i = from; i < to; i++)
        {
            dropped.Add((page.Child(from), page.IsRunFree(from)));
            NodeMerger.RemoveChild(_transaction, page, from);
        }
        foreach ((PagePointer child, bool isRunFree) in dropped)
            Drop(child, level, isRunFree);
    }

    private void Drop(PagePointer pointer, int level, bool isRunFree)
    {
        if (level == 0 && (isRunFree || _transaction.RunPages == 0))
        {
            _transaction.FreeUnread(pointer.Page);
            return;
        }
        _transaction.Reader.Pin();
        NodePage page = _transaction.Reader.Get(pointer);
        Invariant.Check(page.Level == level);
        _transaction.Free(pointer.Page, page.Transaction);
        var children = new List<(PagePointer Page, bool IsRunFree)>(page.IsLeaf ? 0 : page.Count);
        for (int i = 0; i < page.Count; i++)
        {
            FreeRuns(page, i);
            if (!page.IsLeaf)
                children.Add((page.Child(i), page.IsRunFree(i)));
        }
        foreach ((PagePointer child, bool childIsRunFree) in children)
            Drop(child, level - 1, childIsRunFree);
    }

    private void FreeRuns(NodePage page, int index)
    {
        _transaction.FreeKeyRun(page, index);
        if (page.IsLeaf && (page.ValueInfo(index) & NodePage.RunFlag) != 0)
            _transaction.FreeRun(RunReference.FromEnd(page.Value(index)));
    }
}
