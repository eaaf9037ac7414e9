using RaftKv.Storage.Pages;

namespace RaftKv.Storage.Trees;

/// <summary>Walks a view in key order, both ways. Spans are valid until the cursor, or anything else of its view, moves.</summary>
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
            NodePage page = _cursor.Entry(out int index);
            int length = page.KeyLength(index);
            if (_key.Length < length)
                _key = new byte[2 * length];
            page.CopyKey(index, _file, _key);
            return _key.AsSpan(0, length);
        }
    }

    /// <summary>The value, where it lies in its page; a large one is read into the cursor.</summary>
    public ReadOnlySpan<byte> Value
    {
        get
        {
            NodePage page = _cursor.Entry(out int index);
            ReadOnlySpan<byte> value = page.Value(index);
            return (page.ValueInfo(index) & NodePage.RunFlag) == 0 ? value : ReadRun(value);
        }
    }

    /// <summary>Moves to the first key not below the given one.</summary>
    public bool SeekAtLeast(ReadOnlySpan<byte> key)
    {
        _reader.Pin();
        return _cursor.SeekAtLeast(key);
    }

    /// <summary>Moves to the last key not above the given one.</summary>
    public bool SeekAtMost(ReadOnlySpan<byte> key)
    {
        _reader.Pin();
        return _cursor.SeekAtMost(key);
    }

    /// <summary>Moves to the first key.</summary>
    public bool SeekFirst()
    {
        _reader.Pin();
        return _cursor.SeekFirst();
    }

    /// <summary>Moves to the last key.</summary>
    public bool SeekLast()
    {
        _reader.Pin();
        return _cursor.SeekLast();
    }

    /// <summary>Moves to the next key; false past the last.</summary>
    public bool MoveNext() => _cursor.MoveNext();

    /// <summary>Moves to the key before; false before the first.</summary>
    public bool MovePrevious() => _cursor.MovePrevious();

    private ReadOnlySpan<byte> ReadRun(ReadOnlySpan<byte> reference)
    {
        int length = TreeValue.Length(reference, isRun: true);
        if (_large.Length < length)
            _large = new byte[length];
        TreeValue.Copy(_file, reference, isRun: true, _large);
        return _large.AsSpan(0, length);
    }
}
