using RaftKv.Storage.Pages;

namespace RaftKv.Storage.Trees;

/// <summary>Walks a view in key order, both ways. Spans are valid until the cursor moves, or anything else of its view is used.</summary>
/// <remarks>
/// It may stand where it is for as long as its view is open, and keeps one page in memory meanwhile. A move that fails leaves it nowhere:
/// then it has to seek again.
/// </remarks>
public sealed class BTreeCursor
{
    private readonly PageFile _file;
    private readonly PageReader _reader;
    private readonly TreeCursor _cursor;
    private byte[] _key = new byte[64];
    private byte[] _large = [];

    internal BTreeCursor(PageFile file, PageReader reader, PagePointer root)
    {
        _file = file;
        _reader = reader;
        _cursor = new TreeCursor(reader, root);
    }

    /// <summary>The key, copied into the cursor.</summary>
    public ReadOnlySpan<byte> Key
    {
        get
        {
            NodePage page = Entry(out int index);
            int length = page.KeyLength(index);
            page.CopyKey(index, _file, Scratch.Reserve(ref _key, length));
            return _key.AsSpan(0, length);
        }
    }

    /// <summary>The value, where it lies in its page; a large one is read into the cursor.</summary>
    public ReadOnlySpan<byte> Value
    {
        get
        {
            NodePage page = Entry(out int index);
            ReadOnlySpan<byte> value = page.Value(index);
            return (page.ValueInfo(index) & NodePage.RunFlag) == 0 ? value : ReadRun(value);
        }
    }

    /// <summary>Moves to the first key not below the given one.</summary>
    public bool SeekAtLeast(ReadOnlySpan<byte> key)
    {
        _reader.Pin();
        try
        {
            bool found = _cursor.SeekAtLeast(key);
            _cursor.ExpectNext();
            return Rest(found);
        }
        catch
        {
            _reader.Unpin();
            throw;
        }
    }

    /// <summary>Moves to the last key not above the given one.</summary>
    public bool SeekAtMost(ReadOnlySpan<byte> key)
    {
        _reader.Pin();
        try
        {
            return Rest(_cursor.SeekAtMost(key));
        }
        catch
        {
            _reader.Unpin();
            throw;
        }
    }

    /// <summary>Moves to the first key.</summary>
    public bool SeekFirst()
    {
        _reader.Pin();
        return Rest(_cursor.SeekFirst());
    }

    /// <summary>Moves to the last key.</summary>
    public bool SeekLast()
    {
        _reader.Pin();
        return Rest(_cursor.SeekLast());
    }

    /// <summary>Moves to the next key; false past the last.</summary>
    public bool MoveNext()
    {
        int version = _reader.Version;
        bool found = _cursor.MoveNext();
        return _reader.Version == version ? found : Rest(found);
    }

    /// <summary>Moves to the key before; false before the first.</summary>
    public bool MovePrevious()
    {
        int version = _reader.Version;
        bool found = _cursor.MovePrevious();
        return _reader.Version == version ? found : Rest(found);
    }

    private NodePage Entry(out int index)
    {
        if (_cursor.IsCurrent)
            return _cursor.Entry(out index);
        if (!_cursor.IsValid)
            throw new InvalidOperationException("The cursor stands on no entry.");
        _reader.Pin();
        NodePage page = _cursor.Entry(out index);
        _reader.Rest(page);
        return page;
    }

    // The access that found an entry, or none, is over.
    private bool Rest(bool found)
    {
        if (found)
            _reader.Rest(_cursor.Entry(out _));
        else
            _reader.Unpin();
        return found;
    }

    private ReadOnlySpan<byte> ReadRun(ReadOnlySpan<byte> reference)
    {
        int length = TreeValue.Length(reference, isRun: true);
        if (_large.Length < length)
            _large = new byte[length];
        TreeValue.Copy(_file, reference, isRun: true, _large);
        return _large.AsSpan(0, length);
    }
}
