using RaftKv.Storage.Pages;

namespace RaftKv.Storage.Trees;

/// <summary>
/// Gives space back in slices: pages near the end of the file are copied to free places further down, by making their paths new. The next
/// checkpoint frees the old places and cuts the file behind the last used page.
/// </summary>
/// <remarks>
/// One round walks the branches of every tree once, from where the slice before ended. Which pages are to move is fixed when a round
/// begins: everything behind the number of pages in use. Leaves are read only when some value lies in a run.
/// </remarks>
internal sealed class TreeShrinker(TreeStore store)
{
    private const int VisitsPerPageMoved = 64;
    private const int FreeShare = 16;
    private const int FreePagesMin = 32;   // a path's worth: moving must never make the file longer

    private readonly List<byte[]> _moves = [];
    private byte[] _position = [];
    private int _tree;
    private uint _target;
    private int _movesMax;
    private int _visits;

    /// <summary>Whether more of the file is free than it should keep.</summary>
    public bool IsDue => store.FreeList.FreeCount > FreePagesKept;

    /// <summary>Whether that will be so once nobody reads what was freed and a checkpoint has followed.</summary>
    public bool WillBeDue => store.FreeList.FreeCount + store.FreeList.WaitingCount > FreePagesKept;

    private uint FreePagesKept => Math.Max(64, store.FreeList.PageCount / FreeShare);

    /// <summary>Moves about <paramref name="pagesMax"/> pages; whether the round goes on.</summary>
    public bool Step(TreeTransaction transaction, int pagesMax)
    {
        if (_tree == 0 && _position.Length == 0)
            _target = store.FreeList.PageCount - store.FreeList.FreeCount;
        transaction.BeginChange(usesReserve: true);
        bool goesOn = Walk(transaction, pagesMax);
        transaction.EndChange();
        return goesOn;
    }

    private bool Walk(TreeTransaction transaction, int pagesMax)
    {
        for (_visits = pagesMax * VisitsPerPageMoved; _tree < MetaPage.TreeCount; _tree++, _position = [])
        {
            _moves.Clear();
            _movesMax = pagesMax;
            TreeRoot root = transaction.Trees[_tree];
            bool ended = root.Root.IsNone || Visit(transaction, root.Root, []);
            foreach (byte[] key in _moves)
                Move(transaction, key);
            if (!ended)
                return true;
            pagesMax -= _moves.Count;
        }
        _tree = 0;
        return false;
    }

    // Collects keys below which something lies too far up; false when the slice is full, with the position to go on from.
    private bool Visit(TreeTransaction transaction, PagePointer pointer, byte[] low)
    {
        transaction.Reader.Pin();
        NodePage page = transaction.Reader.Get(pointer);
        if (page.IsLeaf)
        {
            if (pointer.Page >= _target || HasFarRun(page))
                _moves.Add(low);
            return true;
        }
        for (int i = page.FindChild(_position, store.File); i < page.Count; i++)
        {
            PagePointer child = page.Child(i);
            byte[] key = i == 0 ? low : page.Key(i, store.File);
            if (--_visits < 0 || _moves.Count >= _movesMax)
            {
                _position = key;
                return false;
            }
            // A branch moves along with whatever moves below it.
            int before = _moves.Count;
            bool read = page.Level > 1 || (transaction.RunPages > 0 && !page.IsRunFree(i));
            if (read && !Visit(transaction, child, key))
                return false;
            if (read)
                page = transaction.Reader.Get(pointer);     // the access it was found in is over
            bool isFar = child.Page >= _target || (page.IsLong(i) && IsFar(page.KeyRun(i)));
            if (isFar && _moves.Count == before)
                _moves.Add(key);
        }
        return true;
    }

    private bool HasFarRun(NodePage leaf)
    {
        for (int i = 0; i < leaf.Count; i++)
        {
            if (leaf.IsLong(i) && IsFar(leaf.KeyRun(i)))
                return true;
            if ((leaf.ValueInfo(i) & NodePage.RunFlag) != 0 && IsFar(RunReference.FromEnd(leaf.Value(i))))
                return true;
        }
        return false;
    }

    private bool IsFar(RunReference run) => run.Page + run.PageCount(store.PageSizeBytes) > _target;

    private void Move(TreeTransaction transaction, byte[] key)
    {
        if (store.FreeList.FreeCount < FreePagesMin)
            return;
        transaction.Reader.Pin();
        transaction.MakeRoom();
        TreePath path = store.Writer.Path;
        path.Descend(transaction, _tree, key);
        for (int depth = 0; transaction.RunPages > 0 && depth <= path.Depth; depth++)
            MoveRuns(transaction, path.Page(depth));
    }

    private void MoveRuns(TreeTransaction transaction, NodePage page)
    {
        for (int i = 0; i < page.Count; i++)
        {
            if (page.IsLong(i) && TryMove(transaction, page.KeyRun(i), out RunReference moved))
                page.SetKeyRun(i, moved);
            if (page.IsLeaf && (page.ValueInfo(i) & NodePage.RunFlag) != 0
                && TryMove(transaction, RunReference.FromEnd(page.Value(i)), out moved))
                page.SetRun(i, moved);
        }
    }

    private bool TryMove(TreeTransaction transaction, RunReference run, out RunReference moved)
    {
        moved = run;
        return IsFar(run) && transaction.TryMoveRun(ref moved, _target);
    }
}
