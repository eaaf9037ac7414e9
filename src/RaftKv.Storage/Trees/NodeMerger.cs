using RaftKv.Storage.Pages;

namespace RaftKv.Storage.Trees;

/// <summary>Tidies a path after entries were taken out: drops empty pages, merges small ones, takes needless roots away.</summary>
/// <remarks>A page that falls under a half is merged with a neighbour when both fit in seven eighths.</remarks>
internal sealed unsafe class NodeMerger(int pageSizeBytes, NodeBuilder builder, TreePath path)
{
    private readonly NodeEntry[] _entries = builder.Entries;

    /// <summary>Tidies from the leaf up to the root, after an entry was removed from it.</summary>
    public void Shrink()
    {
        int depth = path.Depth;
        while (depth > 0 && TryShrink(depth))
            depth--;
        if (depth == 0)
            ShrinkRoot();
    }

    /// <summary>Tidies the whole path, after any of its pages became smaller; none is empty but the root.</summary>
    public void Tidy()
    {
        for (int depth = path.Depth; depth > 0; depth--)
            TryShrink(depth);
        ShrinkRoot();
    }

    // Whether the parent has a slot less.
    private bool TryShrink(int depth)
    {
        NodePage page = path.Page(depth);
        NodePage parent = path.Page(depth - 1);
        int index = path.Index(depth - 1);
        if (page.Count > 0)
            return page.UsedBytes(pageSizeBytes) < pageSizeBytes / 2 && TryMerge(page, parent, index);
        path.Transaction.Free(page.Number, page.Transaction);
        RemoveChild(path.Transaction, parent, index);
        return true;
    }

    /// <summary>Takes a child's slot out of a branch, with the run of the key that goes: the second child's if the first is taken.</summary>
    public static void RemoveChild(TreeTransaction transaction, NodePage branch, int index)
    {
        int key = Math.Max(index, 1);
        if (key < branch.Count)
            transaction.FreeKeyRun(branch, key);
        branch.Remove(index);
    }

    private void ShrinkRoot()
    {
        NodePage page = path.Transaction.Reader.Get(path.Root.Root);
        while (page.Count == 0 || (!page.IsLeaf && page.Count == 1))
        {
            PagePointer next = page.Count == 0 ? PagePointer.None : page.Child(0);
            path.Transaction.Free(page.Number, page.Transaction);
            path.Root = path.Root with { Root = next };
            if (next.IsNone)
                return;
            page = path.Transaction.Reader.Get(next);
        }
    }

    private bool TryMerge(NodePage page, NodePage parent, int index)
        => (index + 1 < parent.Count && TryMerge(page, parent, index, index + 1))
        || (index > 0 && TryMerge(page, parent, index, index - 1));

    // The page takes its neighbour in; the left one's place in the parent stays.
    private bool TryMerge(NodePage page, NodePage parent, int index, int neighbourIndex)
    {
        NodePage neighbour = path.Transaction.Reader.Get(parent.Child(neighbourIndex));
        int leftIndex = Math.Min(index, neighbourIndex);
        (NodePage left, NodePage right) = leftIndex == index ? (page, neighbour) : (neighbour, page);
        int middle = builder.Gather(left, 0);
        int count = builder.Gather(right, middle);
        if (!page.IsLeaf)
            _entries[middle] = _entries[middle].WithKey(NodeEntry.FromPage(parent, leftIndex + 1));
        var entries = new ReadOnlySpan<NodeEntry>(_entries, 0, count);
        if (NodeBuilder.Measure(entries, page.IsLeaf) > pageSizeBytes - pageSizeBytes / 8)
            return false;
        builder.Build(page, entries, page.Number, page.Level, path.Transaction.Number);
        if (!page.IsLeaf)
            path.Transaction.Unsealed.Add(page.Number);
        path.Transaction.Free(neighbour.Number, neighbour.Transaction);
        parent.SetChild(leftIndex, new PagePointer(page.Number, 0));
        parent.SetSummary(leftIndex, page.Summarize());
        if (page.IsLeaf)
            path.Transaction.FreeKeyRun(parent, leftIndex + 1);
        parent.Remove(leftIndex + 1);
        return true;
    }
}
