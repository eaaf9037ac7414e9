using RaftKv.Storage.Pages;

namespace RaftKv.Storage.Trees;

/// <summary>Changes to a <see cref="BTreeStore"/>, shown all at once by <see cref="Commit"/> or not at all.</summary>
/// <remarks>An exception from a change leaves the transaction half done: dispose it.</remarks>
public sealed class BTreeWriteTransaction : IDisposable
{
    private readonly TreeStore _store;
    private readonly TreeTransaction _transaction;
    private readonly byte[] _reference = new byte[RunReference.Bytes];
    private bool _ended;

    internal BTreeWriteTransaction(TreeStore store)
    {
        _store = store;
        _transaction = store.BeginWrite();
    }

    /// <summary>Puts a value.</summary>
    /// <returns>Whether the key is new.</returns>
    /// <exception cref="ArgumentException">The key is too long; nothing was changed.</exception>
    public bool Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        ObjectDisposedException.ThrowIf(_ended, this);
        int cellMax = TreeWriter.CellBytesMax(_store.PageSizeBytes) - NodePage.LeafCellBytes;
        if (key.Length > cellMax - RunReference.Bytes)
            throw new ArgumentException($"A key has at most {cellMax - RunReference.Bytes} bytes, this one has {key.Length}.", nameof(key));
        _transaction.Reader.Pin();
        bool isRun = key.Length + value.Length > cellMax;
        if (isRun)
            _transaction.WriteRun(value).Write(_reference);
        _transaction.WrittenBytes += key.Length + value.Length;
        bool added = _store.Writer.Put(_transaction, BTreeStore.Tree, key, isRun ? _reference : value, isRun);
        FreeLastRun();
        return added;
    }

    /// <summary>Deletes a key.</summary>
    /// <returns>Whether it was there.</returns>
    public bool Delete(ReadOnlySpan<byte> key)
    {
        ObjectDisposedException.ThrowIf(_ended, this);
        _transaction.Reader.Pin();
        bool deleted = _store.Writer.Delete(_transaction, BTreeStore.Tree, key);
        FreeLastRun();
        return deleted;
    }

    /// <summary>Shows the changes to every view that begins from now on; durable with the next checkpoint.</summary>
    public void Commit()
    {
        ObjectDisposedException.ThrowIf(_ended, this);
        _ended = true;
        _store.Commit(_transaction);
    }

    /// <summary>Drops the changes unless they were committed.</summary>
    public void Dispose()
    {
        if (_ended)
            return;
        _ended = true;
        _store.Rollback(_transaction);
    }

    private void FreeLastRun()
    {
        if (_store.Writer.LastRun.Length > 0)
            _transaction.FreeRun(_store.Writer.LastRun);
    }
}
