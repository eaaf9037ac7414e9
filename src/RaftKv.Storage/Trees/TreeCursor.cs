using System.Runtime.CompilerServices;
using RaftKv.Storage.Pages;

namespace RaftKv.Storage.Trees;

/// <summary>A place in one tree, moving both ways. Holds page numbers, not addresses, so that a long scan pins nothing for long.</summary>
/// <remarks>
/// Spans are valid until the reader's next <see cref="PageReader.Pin"/> or <see cref="PageReader.Unpin"/>, or until this cursor moves.
/// Several cursors may share a reader; each finds its leaf again when the reader's version has changed.
/// </remarks>
internal sealed class TreeCursor(PageReader reader, PagePointer root)
{
    private const int DepthMax = 32;
    private const int CellsExpectedMax = 32;

    private readonly PagePointer[] _pages = new PagePointer[DepthMax];
    private readonly int[] _indexes = new int[DepthMax];
    private NodePage _leaf;
    private int _version = -1;
    private int _depth;
    private int _index;
    private int _count;
    private bool _isLost;      // an exception ended its last move

    /// <summary>Whether what was found at the present entry may still be used.</summary>
    public bool IsCurrent => _version == reader.Version;

    /// <summary>Whether the cursor stands on an entry.</summary>
    public bool IsValid { get; private set; }

    public int KeyLength => Leaf().KeyLength(_index);

    public bool IsRun => (Leaf().ValueInfo(_index) & NodePage.RunFlag) != 0;

    public ReadOnlySpan<byte> Value => Leaf().Value(_index);

    public int CopyKey(Span<byte> destination) => Leaf().CopyKey(_index, reader.File, destination);

    /// <summary>The present entry's page, and its slot there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public NodePage Entry(out int index)
    {
        index = _index;
        return _version == reader.Version ? _leaf : Leaf();
    }

    public byte[] CopyKey()
    {
        var key = new byte[KeyLength];
        CopyKey(key);
        return key;
    }

    /// <summary>Moves to the first entry whose key is not below <paramref name="key"/>.</summary>
    public bool SeekAtLeast(ReadOnlySpan<byte> key)
    {
        if (!Descend(key, Edge.Key))
            return false;
        Stand(_leaf.LowerBound(key, reader.File, out _));
        return _index < _count || NextLeaf();
    }

    /// <summary>Moves to the last entry whose key is not above <paramref name="key"/>.</summary>
    public bool SeekAtMost(ReadOnlySpan<byte> key)
    {
        if (!Descend(key, Edge.Key))
            return false;
        Stand(_leaf.LowerBound(key, reader.File, out bool found));
        return found || MovePrevious();
    }

    public bool SeekFirst() => Descend(default, Edge.First) && Stand(0);

    public bool SeekLast() => Descend(default, Edge.Last) && Stand(_count - 1);

    public bool MoveNext()
    {
        if (!IsValid)
            return StaysOut();
        return ++_index < _count || NextLeaf();
    }

    public bool MovePrevious()
    {
        if (!IsValid)
            return StaysOut();
        return --_index >= 0 || PreviousLeaf();
    }

    private enum Edge
    {
        Key,
        First,
        Last,
    }

    // From here on it stands nowhere until it has arrived.
    private void Leave()
    {
        IsValid = false;
        _isLost = true;
    }

    private bool Stand(int index)
    {
        _index = index;
        _isLost = false;
        return IsValid = true;
    }

    private bool RunOut() => _isLost = false;

    private bool StaysOut()
        => _isLost ? throw new InvalidOperationException("The last move of this cursor failed, so it stands nowhere; seek again.") : false;

    private bool Descend(ReadOnlySpan<byte> key, Edge edge)
    {
        Leave();
        _depth = 0;
        if (root.IsNone)
            return RunOut();
        _pages[0] = root;
        Fall(0, key, edge);
        return true;
    }

    // Goes from the page at a depth down to a leaf, by key or along an edge.
    private void Fall(int depth, ReadOnlySpan<byte> key, Edge edge)
    {
        NodePage page = reader.Get(_pages[depth]);
        while (!page.IsLeaf)
        {
            Invariant.Check(depth + 1 < DepthMax);
            int index = edge switch
            {
                Edge.Key => page.FindChild(key, reader.File),
                Edge.First => 0,
                _ => page.Count - 1,
            };
            _indexes[depth] = index;
            _pages[++depth] = page.Child(index);
            page = TreeReader.Step(reader, page, index);
        }
        _depth = depth;
        SetLeaf(page);
    }

    private void SetLeaf(NodePage leaf)
    {
        _leaf = leaf;
        _count = leaf.Count;
        _version = reader.Version;
    }

    private NodePage Leaf()
    {
        if (_version != reader.Version)
            SetLeaf(reader.Get(_pages[_depth]));
        return _leaf;
    }

    private bool NextLeaf()
    {
        Leave();
        reader.Pin();
        for (int depth = _depth - 1; depth >= 0; depth--)
        {
            NodePage page = reader.Get(_pages[depth]);
            if (_indexes[depth] + 1 >= page.Count)
                continue;
            int index = ++_indexes[depth];
            _pages[depth + 1] = page.Child(index);
            Fall(depth + 1, default, Edge.First);
            if (depth == _depth - 1 && index + 1 < page.Count)
                reader.Cache.Prefetch(page.Child(index + 1));
            PrefetchCells(0);
            return Stand(0);
        }
        return RunOut();
    }

    /// <summary>Gets ready for the entries behind the present one.</summary>
    public void ExpectNext()
    {
        if (!IsValid || !IsCurrent)
            return;
        PrefetchCells(_index);
        if (_depth == 0)
            return;
        NodePage parent = reader.Get(_pages[_depth - 1]);
        int next = _indexes[_depth - 1] + 1;
        if (next < parent.Count)
            reader.Cache.Prefetch(parent.Child(next));
    }

    private void PrefetchCells(int from) => _leaf.PrefetchCells(from, Math.Min(_count, from + CellsExpectedMax));

    private bool PreviousLeaf()
    {
        Leave();
        reader.Pin();
        for (int depth = _depth - 1; depth >= 0; depth--)
        {
            if (_indexes[depth] == 0)
                continue;
            NodePage page = reader.Get(_pages[depth]);
            _pages[depth + 1] = page.Child(--_indexes[depth]);
            Fall(depth + 1, default, Edge.Last);
            return Stand(_count - 1);
        }
        return RunOut();
    }
}
