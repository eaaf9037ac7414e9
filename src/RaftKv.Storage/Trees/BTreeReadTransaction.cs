using RaftKv.Storage.Pages;

namespace RaftKv.Storage.Trees;

/// <summary>A consistent view of a <see cref="BTreeStore"/>. One thread at a time.</summary>
public sealed class BTreeReadTransaction : IDisposable
{
    private readonly TreeStore _store;
    private readonly PageReader _reader;
    private readonly TreeState _state;
    private bool _ended;

    internal BTreeReadTransaction(TreeStore store)
    {
        _store = store;
        _reader = store.BeginRead(out _state);
    }

    /// <summary>Copies a value without allocating.</summary>
    /// <param name="key">The key.</param>
    /// <param name="destination">Receives the value when all of it fits.</param>
    /// <param name="length">Length of the value; larger than the destination when nothing was copied.</param>
    /// <returns>Whether the key exists.</returns>
    public bool TryGet(ReadOnlySpan<byte> key, Span<byte> destination, out int length)
    {
        ObjectDisposedException.ThrowIf(_ended, this);
        length = 0;
        _reader.Pin();
        try
        {
            if (!TreeReader.TryGet(_reader, _state.Trees[BTreeStore.Tree].Root, key, out ReadOnlySpan<byte> value, out bool isRun))
                return false;
            length = TreeValue.Length(value, isRun);
            if (length <= destination.Length)
                TreeValue.Copy(_store.File, value, isRun, destination);
            return true;
        }
        finally
        {
            _reader.Unpin();
        }
    }

    /// <summary>A cursor over the view; it stands nowhere until it is told to seek.</summary>
    public BTreeCursor Cursor()
    {
        ObjectDisposedException.ThrowIf(_ended, this);
        return new BTreeCursor(_store.File, _reader, _state.Trees[BTreeStore.Tree].Root);
    }

    /// <summary>Ends the view and its cursors.</summary>
    public void Dispose()
    {
        if (_ended)
            return;
        _ended = true;
        _store.EndRead(_reader);
    }
}
