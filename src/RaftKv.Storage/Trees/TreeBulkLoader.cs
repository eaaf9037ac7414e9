using RaftKv.Storage.Pages;

namespace RaftKv.Storage.Trees;

/// <summary>
/// Builds one empty tree of a transaction from ascending entries: pages are filled to the end, from the leaves up, and written at once, one
/// behind the other. Nothing points to them before <see cref="Complete"/>.
/// </summary>
/// <remarks>Takes memory for a page per level and what waits to be written, however much is loaded.</remarks>
internal sealed unsafe class TreeBulkLoader : IDisposable
{
    private readonly TreeStore _store;
    private readonly TreeTransaction _transaction;
    private readonly int _tree;
    private readonly int _pageSizeBytes;
    private readonly NodeBuilder _builder;
    private readonly List<BulkLevel> _levels = [];
    private readonly PageStaging _staging;
    private readonly byte[] _last = new byte[TreeLimits.KeyBytesMax];
    private int _lastLength;
    private (byte[] Key, byte[] Run) _leafKey = ([], []);    // what tells the open leaf from the one before
    private Closed _closed;

    private readonly record struct Closed(PagePointer Page, long Summary, byte[] Key, byte[] Run);

    public TreeBulkLoader(TreeStore store, TreeTransaction transaction, int tree)
    {
        Invariant.Check(transaction.Trees[tree].Root.IsNone);
        _store = store;
        _transaction = transaction;
        _tree = tree;
        _pageSizeBytes = store.PageSizeBytes;
        _builder = new NodeBuilder(_pageSizeBytes, 1);
        _staging = new PageStaging(store.File);
    }

    /// <summary>Entries added so far.</summary>
    public long Count { get; private set; }

    /// <summary>The last key added.</summary>
    public ReadOnlySpan<byte> LastKey => _last.AsSpan(0, _lastLength);

    /// <summary>Adds an entry whose key is behind the last one; <paramref name="isRun"/> says that the value ends with a run reference.</summary>
    public void Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, bool isRun)
    {
        Invariant.Check(Count == 0 || key.SequenceCompareTo(LastKey) > 0);
        Span<byte> reference = stackalloc byte[RunReference.Bytes];
        ReadOnlySpan<byte> inline = Shorten(key, ref reference);
        int info = value.Length | (isRun ? NodePage.RunFlag : 0);
        BulkLevel leaf = Level(0);
        if (!leaf.TryAdd(inline, reference, value, info))
        {
            Close(0);
            NextLeaf(key);
            Invariant.Check(leaf.TryAdd(inline, reference, value, info));
        }
        key.CopyTo(_last);
        _lastLength = key.Length;
        Count++;
    }

    /// <summary>Closes the pages that are open and makes the tree the transaction's.</summary>
    public void Complete()
    {
        if (Count == 0)
            return;
        PagePointer root = default;
        for (int level = 0; level < _levels.Count; level++)
        {
            Close(level);
            root = _closed.Page;
            if (level + 1 < _levels.Count)
                AddClosed(level);
        }
        _staging.Write();
        _transaction.Trees[_tree] = new TreeRoot(root, Count);
    }

    // Which bytes go to a cell, and the reference to the run of the others; empty when there are none.
    private ReadOnlySpan<byte> Shorten(ReadOnlySpan<byte> key, ref Span<byte> reference)
    {
        if (key.Length <= TreeLimits.InlineKeyBytesMax(_pageSizeBytes))
        {
            reference = default;
            return key;
        }
        int length = TreeLimits.LongInlineBytes(_pageSizeBytes);
        _transaction.WriteRun(key[length..]).Write(reference);
        return key[..length];
    }

    private BulkLevel Level(int level)
    {
        while (_levels.Count <= level)
            _levels.Add(new BulkLevel(_levels.Count, _pageSizeBytes));
        return _levels[level];
    }

    // The leaf before is closed: it goes to its branch, and the next one begins with the shortest key that tells them apart.
    private void NextLeaf(ReadOnlySpan<byte> key)
    {
        AddClosed(0);
        Span<byte> reference = stackalloc byte[RunReference.Bytes];
        ReadOnlySpan<byte> separator = key[..(key.CommonPrefixLength(LastKey) + 1)];
        ReadOnlySpan<byte> inline = Shorten(separator, ref reference);
        _leafKey = (inline.ToArray(), reference.ToArray());
    }

    private void AddClosed(int level)
    {
        Closed added = _closed;
        byte* payload = stackalloc byte[NodePage.BranchCellBytes];
        NodeBuilder.WriteChild(payload, added.Page, added.Summary);
        var child = new ReadOnlySpan<byte>(payload, NodePage.BranchCellBytes);
        BulkLevel branch = Level(level + 1);
        if (branch.TryAdd(added.Key, added.Run, child, 0))
            return;
        Close(level + 1);
        AddClosed(level + 1);
        Invariant.Check(branch.TryAdd(added.Key, added.Run, child, 0));
    }

    private void Close(int level)
    {
        BulkLevel open = _levels[level];
        _store.Space.Ensure(1, fromReserve: false);
        uint page = _store.FreeList.Take();
        _transaction.Made.Add(page);
        NodePage staged = _staging.Stage(page);
        _builder.Build(staged, open.Entries, page, level, _transaction.Number);
        var pointer = new PagePointer(page, PageChecksum.Of(new ReadOnlySpan<byte>(staged.At, _pageSizeBytes)));
        (byte[] key, byte[] run) = level == 0 ? _leafKey : KeyOf(open.First);
        _closed = new Closed(pointer, staged.Summarize(), key, run);
        open.Clear();
    }

    private static (byte[] Key, byte[] Run) KeyOf(in NodeEntry entry)
    {
        var stored = new byte[entry.StoredLength(0)];
        fixed (byte* at = stored)
            entry.CopyStored(0, at);
        return (stored[..entry.InlineLength], stored[entry.InlineLength..]);
    }

    public void Dispose()
    {
        foreach (BulkLevel level in _levels)
            level.Dispose();
        _builder.Dispose();
        _staging.Dispose();
    }
}
