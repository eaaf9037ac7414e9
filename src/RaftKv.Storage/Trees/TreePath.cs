using RaftKv.Storage.Pages;

namespace RaftKv.Storage.Trees;

/// <summary>The pages from the root of one tree down to a leaf, all of them the transaction's own.</summary>
internal sealed unsafe class TreePath(NodeBuilder builder)
{
    private const int DepthMax = 32;

    private readonly PagePointer[] _pages = new PagePointer[DepthMax];
    private readonly int[] _indexes = new int[DepthMax];
    private int _tree;

    public TreeTransaction Transaction { get; private set; } = null!;

    /// <summary>Depth of the leaf; the root's is 0.</summary>
    public int Depth { get; private set; }

    public PageFile File => Transaction.Reader.File;

    public ref TreeRoot Root => ref Transaction.Trees[_tree];

    /// <summary>The page at a depth.</summary>
    public NodePage Page(int depth) => Transaction.Reader.Get(_pages[depth]);

    /// <summary>The slot that leads to the next depth.</summary>
    public int Index(int depth) => _indexes[depth];

    /// <summary>Descends to the leaf whose range holds a key, copying what is not the transaction's own.</summary>
    public NodePage Descend(TreeTransaction transaction, int tree, ReadOnlySpan<byte> key)
    {
        Transaction = transaction;
        _tree = tree;
        Depth = 0;
        PagePointer pointer = Root.Root;
        NodePage page = transaction.Own(ref pointer);
        Root = Root with { Root = pointer };
        _pages[0] = pointer;
        while (!page.IsLeaf)
        {
            Invariant.Check(Depth + 1 < DepthMax);
            int index = page.FindChild(key, File);
            _indexes[Depth] = index;
            PagePointer old = page.Child(index);
            pointer = old;
            NodePage child = transaction.Own(ref pointer);
            if (pointer.Page != old.Page)
                page.SetChild(index, pointer);
            _pages[++Depth] = pointer;
            page = child;
        }
        return page;
    }

    /// <summary>One entry more or less below every page of the path.</summary>
    public void Recount(int change)
    {
        Root = Root with { Count = Root.Count + change };
        for (int depth = 0; depth < Depth; depth++)
        {
            NodePage page = Page(depth);
            page.SetChildCount(_indexes[depth], page.ChildCount(_indexes[depth]) + change);
        }
    }

    /// <summary>Notes in the branches above a depth that something there refers to a run.</summary>
    public void NoteRun(int depth)
    {
        for (int above = 0; above < depth; above++)
            Page(above).SetHasRuns(_indexes[above]);
    }

    /// <summary>Puts a branch above the root, which becomes its only child; every depth is one more then.</summary>
    public void GrowRoot()
    {
        Invariant.Check(Depth + 1 < DepthMax);
        NodePage old = Page(0);
        byte* payload = stackalloc byte[NodePage.BranchCellBytes];
        NodeBuilder.WriteChild(payload, _pages[0], old.Summarize());
        NodePage page = Transaction.NewPage(out PagePointer pointer);
        NodeEntry only = NodeEntry.FromBytes(null, 0, null, payload, NodePage.BranchCellBytes, 0);
        builder.Build(page, new ReadOnlySpan<NodeEntry>(in only), pointer.Page, old.Level + 1, Transaction.Number);
        Root = Root with { Root = pointer };
        Array.Copy(_pages, 0, _pages, 1, Depth + 1);
        Array.Copy(_indexes, 0, _indexes, 1, Depth + 1);
        _pages[0] = pointer;
        _indexes[0] = 0;
        Depth++;
    }
}
