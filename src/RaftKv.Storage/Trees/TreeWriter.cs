using RaftKv.Storage.Pages;

namespace RaftKv.Storage.Trees;

/// <summary>Puts and deletes in one tree of a transaction, copying the path from the root once per transaction.</summary>
/// <remarks>
/// Key runs belong to the trees: they are written and freed here, with whatever page refers to them. Runs of values belong to the caller,
/// who may move the reference elsewhere.
/// </remarks>
internal sealed unsafe class TreeWriter : IDisposable
{
    private readonly int _pageSizeBytes;
    private readonly NodeBuilder _builder;
    private readonly NodeSpreader _spreader;
    private readonly NodeMerger _merger;
    private readonly RangeDeleter _deleter;
    private int _index;       // in the leaf at the end of the path
    private bool _isFound;

    public TreeWriter(int pageSizeBytes)
    {
        _pageSizeBytes = pageSizeBytes;
        _builder = new NodeBuilder(pageSizeBytes, NodeSpreader.PagesMax);
        Path = new TreePath(_builder);
        _spreader = new NodeSpreader(pageSizeBytes, _builder, Path);
        _merger = new NodeMerger(pageSizeBytes, _builder, Path);
        _deleter = new RangeDeleter(_builder, Path, _merger);
    }

    /// <summary>The path of the last operation.</summary>
    public TreePath Path { get; }

    /// <summary>The run of the value that the last put replaced or the last delete took away; length 0 when it had none.</summary>
    public RunReference LastRun { get; private set; }

    /// <summary>Puts a key with a value; <paramref name="isRun"/> says that the value ends with a run reference.</summary>
    /// <returns>Whether the key was new.</returns>
    public bool Put(TreeTransaction transaction, int tree, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, bool isRun)
    {
        bool found = Find(transaction, tree, key, out ReadOnlySpan<byte> old, out bool wasRun);
        LastRun = wasRun ? RunReference.FromEnd(old) : default;
        PutFound(key, value, isRun);
        return !found;
    }

    /// <summary>Makes the leaf of a key the transaction's own, to put there next.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="tree">The tree.</param>
    /// <param name="key">The key.</param>
    /// <param name="value">Its present value, good until the next change.</param>
    /// <param name="isRun">Whether that ends with a run reference.</param>
    /// <returns>Whether the key is there.</returns>
    public bool Find(TreeTransaction transaction, int tree, ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value, out bool isRun)
    {
        Invariant.Check(key.Length <= TreeLimits.KeyBytesMax);
        transaction.MakeRoom();     // before a first page is made: one without entries is not to be written
        ref TreeRoot root = ref transaction.Trees[tree];
        if (root.Root.IsNone)
        {
            transaction.NewPage(out PagePointer first).Clear(first.Page, PageKind.Leaf, 0, transaction.Number, _pageSizeBytes);
            root = new TreeRoot(first, 0);
        }
        NodePage leaf = Path.Descend(transaction, tree, key);
        _index = leaf.LowerBound(key, Path.File, out _isFound);
        value = _isFound ? leaf.Value(_index) : default;
        isRun = _isFound && (leaf.ValueInfo(_index) & NodePage.RunFlag) != 0;
        return _isFound;
    }

    /// <summary>Puts a value to the key that was looked for just now.</summary>
    public void PutFound(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, bool isRun)
    {
        Invariant.Check(value.Length <= TreeLimits.InlineValueBytesMax(_pageSizeBytes, key.Length));
        NodePage leaf = Path.Page(Path.Depth);
        int info = value.Length | (isRun ? NodePage.RunFlag : 0);
        if (isRun)
            Path.NoteRun(Path.Depth);
        if (_isFound && TryOverwrite(leaf, _index, value, info))
            return;
        Span<byte> keyRun = stackalloc byte[RunReference.Bytes];
        int inlineLength = InlineLength(Path.Transaction, leaf, _index, _isFound, key, keyRun);
        if (_isFound)
            leaf.Remove(_index);
        else
            Path.Recount(1);
        fixed (byte* keyAt = key, valueAt = value, runAt = keyRun)
        {
            byte* run = inlineLength < key.Length ? runAt : null;
            _spreader.Insert(Path.Depth, _index, [NodeEntry.FromBytes(keyAt, inlineLength, run, valueAt, value.Length, info)]);
        }
    }

    /// <summary>Deletes a key.</summary>
    /// <returns>Whether it was there.</returns>
    public bool Delete(TreeTransaction transaction, int tree, ReadOnlySpan<byte> key)
    {
        LastRun = default;
        if (!TreeReader.TryGet(transaction.Reader, transaction.Trees[tree].Root, key, out _, out _))
            return false;
        transaction.MakeRoom();
        NodePage leaf = Path.Descend(transaction, tree, key);
        int index = leaf.LowerBound(key, Path.File, out _);
        LastRun = ValueRun(leaf, index);
        transaction.FreeKeyRun(leaf, index);
        leaf.Remove(index);
        Path.Recount(-1);
        _merger.Shrink();
        return true;
    }

    /// <summary>Deletes the keys from one up to another, or to the last one if it is open; their values' runs go too.</summary>
    /// <returns>How many there were.</returns>
    public long DeleteRange(TreeTransaction transaction, int tree, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to, bool isOpen)
    {
        transaction.MakeRoom();
        return isOpen || from.SequenceCompareTo(to) < 0 ? _deleter.Delete(transaction, tree, from, to, isOpen) : 0;
    }

    private static RunReference ValueRun(NodePage leaf, int index)
        => (leaf.ValueInfo(index) & NodePage.RunFlag) != 0 ? RunReference.FromEnd(leaf.Value(index)) : default;

    // How much of the key goes to the cell, and the reference to the run of the rest: the one that is there, or a new one.
    private int InlineLength(TreeTransaction transaction, NodePage leaf, int index, bool found, ReadOnlySpan<byte> key, Span<byte> keyRun)
    {
        if (found && leaf.IsLong(index))
        {
            leaf.KeyRun(index).Write(keyRun);
            return leaf.PrefixLength + leaf.RestLength(index);
        }
        if (key.Length <= TreeLimits.InlineKeyBytesMax(_pageSizeBytes))
            return key.Length;
        int length = TreeLimits.LongInlineBytes(_pageSizeBytes);
        transaction.WriteRun(key[length..]).Write(keyRun);
        Path.NoteRun(Path.Depth);
        return length;
    }

    private static bool TryOverwrite(NodePage leaf, int index, ReadOnlySpan<byte> value, int info)
    {
        int old = leaf.ValueInfo(index) & ~NodePage.RunFlag;
        if (value.Length > old)
            return false;
        int valueOffset = leaf.CellOffset(index) + leaf.CellLength(index) - old;
        leaf.LostBytes += old - value.Length;
        *(ushort*)(leaf.At + leaf.CellOffset(index)) = (ushort)info;
        value.CopyTo(new Span<byte>(leaf.At + valueOffset, value.Length));
        return true;
    }

    public void Dispose() => _builder.Dispose();
}
